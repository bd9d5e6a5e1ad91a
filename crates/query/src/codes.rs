//! Code lists of the fixed tables.

use types::{Held, Occupancy, Outcome, Response, Source, Verdict};

use crate::form::Code;

/// Kinds of dwelling by number, from 1.
pub(crate) const DWELLING_KINDS: [&str; 7] =
    ["not_said", "conventional", "collective", "workplace", "improvised", "mobile", "none"];

/// Outcomes of a visit by number, from 1.
pub(crate) const VISIT_OUTCOMES: [&str; 7] =
    ["not_said", "interviewed", "nobody_home", "appointment", "refused", "no_respondent", "not_found"];

/// The name of a number, `not_said` for one out of range.
pub(crate) fn name(names: &[&'static str], number: u32) -> &'static str {
    names.get(number as usize).copied().unwrap_or(names[0])
}

/// The number of a name, 0 for one that is not in the list.
pub(crate) fn number(names: &[&str], name: &str) -> u32 {
    names.iter().position(|known| *known == name).unwrap_or(0) as u32
}

const LABELS: &[(&str, &str, &str, &str)] = &[
    ("dwelling_kind", "conventional", "Conventional dwelling", "普通住宅"),
    ("dwelling_kind", "collective", "Collective living quarters", "集体住所"),
    ("dwelling_kind", "workplace", "Living at a workplace", "工作场所居住"),
    ("dwelling_kind", "improvised", "Improvised dwelling", "临时搭建住所"),
    ("dwelling_kind", "mobile", "Mobile dwelling", "移动住所"),
    ("dwelling_kind", "none", "No dwelling", "无住所"),
    ("visit_outcome", "interviewed", "Interviewed", "已访问"),
    ("visit_outcome", "nobody_home", "Nobody at home", "家中无人"),
    ("visit_outcome", "appointment", "Call back by appointment", "约定再访"),
    ("visit_outcome", "refused", "Refused", "拒访"),
    ("visit_outcome", "no_respondent", "No suitable respondent", "无合适应答人"),
    ("visit_outcome", "not_found", "Not found", "找不到"),
    ("decision", "approved", "Approved", "通过"),
    ("decision", "returned", "Sent back", "退回"),
    ("decision", "dismissed", "Dismissed", "不予采用"),
    ("decision", "refused_final", "Refusal confirmed", "确认拒访"),
    ("decision", "non_contact_final", "Non-contact confirmed", "确认无法联系"),
    ("occupancy", "unknown", "Not yet known", "未知"),
    ("occupancy", "occupied", "Occupied", "有人居住"),
    ("occupancy", "vacant", "Vacant", "空置"),
    ("occupancy", "seasonal", "Used seasonally", "季节性居住"),
    ("occupancy", "household_absent", "Household away", "全户外出"),
    ("occupancy", "not_living_quarters", "Not living quarters", "非居住用"),
    ("occupancy", "demolished", "Demolished", "已拆除"),
    ("source", "in_person", "Interview at the door", "入户登记"),
    ("source", "telephone", "Telephone", "电话登记"),
    ("source", "self", "Self-response", "自主填报"),
    ("source", "paper", "Paper", "纸质表"),
    ("source", "proxy", "Proxy", "他人代答"),
    ("source", "register", "Register", "行政记录"),
    ("outcome", "clean", "Nothing to say", "无问题"),
    ("outcome", "warned", "Warnings only", "有提示"),
    ("outcome", "needs_review", "Needs review", "待审核"),
    ("outcome", "unreadable", "Cannot be read", "无法读取"),
    ("outcome", "other_reference", "Given for another reference moment", "标准时点不符"),
    ("verdict", "accepted", "Counts", "计入"),
    ("verdict", "held", "Held for review", "待处理"),
];

/// Every code of the fixed tables. One without a label of its own is its own label.
pub(crate) fn fixed() -> Vec<Code> {
    let mut codes = Vec::new();
    let mut list = |list: &str, names: &[&str]| {
        for name in names {
            let labels = LABELS.iter().find(|(l, n, ..)| *l == list && n == name);
            let (en, zh) = labels.map_or((name.replace('_', " "), name.replace('_', " ")), |(_, _, en, zh)| {
                ((*en).to_owned(), (*zh).to_owned())
            });
            let labels = vec![("en".to_owned(), en), ("zh".to_owned(), zh)];
            codes.push(Code { list: list.to_owned(), code: (*name).to_owned(), labels });
        }
    };
    list("dwelling_kind", &DWELLING_KINDS);
    list("visit_outcome", &VISIT_OUTCOMES);
    list("decision", &["approved", "returned", "dismissed", "refused_final", "non_contact_final"]);
    list("occupancy", &Occupancy::ALL.iter().map(|v| v.as_str()).collect::<Vec<_>>());
    list("response", &Response::ALL.iter().map(|v| v.as_str()).collect::<Vec<_>>());
    list("source", &Source::ALL.iter().map(|v| v.as_str()).collect::<Vec<_>>());
    list("outcome", &Outcome::ALL.iter().map(|v| v.as_str()).collect::<Vec<_>>());
    list("verdict", &Verdict::ALL.iter().map(|v| v.as_str()).collect::<Vec<_>>());
    list("held", &Held::ALL.iter().map(|v| v.as_str()).collect::<Vec<_>>());
    codes
}
