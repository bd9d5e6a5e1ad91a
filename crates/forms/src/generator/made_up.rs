//! Names and citizen numbers of nobody, for `random-name()` and `random-cn-id()` of test data.

use crate::citizen_id;
use crate::date::Date;

const FAMILY: [&str; 24] = [
    "王", "李", "张", "刘", "陈", "杨", "赵", "黄", "周", "吴", "徐", "孙", "胡", "朱", "高", "林", "何", "郭", "马",
    "罗", "梁", "宋", "郑", "谢",
];
const GIVEN: [&str; 40] = [
    "伟", "芳", "娜", "敏", "静", "丽", "强", "磊", "军", "洋", "勇", "艳", "杰", "娟", "涛", "明", "超", "霞", "平",
    "刚", "桂英", "玉兰", "建国", "秀珍", "志强", "海燕", "子涵", "梓萱", "浩然", "雨桐", "欣怡", "宇轩", "俊杰",
    "佳怡", "春梅", "红梅", "国强", "建华", "晓明", "文博",
];

/// A made-up name for test data.
pub(crate) fn name(random: u64) -> String {
    let family = FAMILY[(random % FAMILY.len() as u64) as usize];
    let given = GIVEN[(random / 64 % GIVEN.len() as u64) as usize];
    format!("{family}{given}")
}

/// A made-up citizen number that passes its checks, in an area code that does not exist (province 99).
pub(crate) fn id(random: u64, birth: Date, sex: u32) -> String {
    let (year, month, _) = birth.ymd();
    let day = 1 + random % 28;
    let sequence = (random / 64 % 499) * 2 + u64::from(sex == 1);
    let digits = format!("99{:04}{year:04}{month:02}{day:02}{sequence:03}", random / 65_536 % 10_000);
    let check = citizen_id::check_character(&digits).unwrap_or('0');
    format!("{digits}{check}")
}
