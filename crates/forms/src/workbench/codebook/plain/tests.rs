//! The words that rules are put into.

use super::*;

const FORM: &str = "
| type           | name   | label::en | label::zh |
| select_one use | use    | Use?      | 用途？    |
| integer        | rooms  | Rooms?    | 几间？    |
| begin repeat   | person | Person    | 人        |
| date           | birth  | Birth?    | 出生？    |
| integer        | age    | Age?      | 年龄？    |
| end repeat     |        |           |           |
# choices
| list_name | name | label::en | label::zh |
| use       | 1    | Living    | 居住      |
";

fn check(name: &str, source: &str, english: &str, chinese: &str) {
    let (form, _) = crate::compile(&crate::workbook::from_markdown(FORM).0);
    let form = form.unwrap();
    let definition = form.definition();
    let here = definition.items.iter().position(|i| i.name == name).unwrap();
    for (speech, expected) in [(Speech::English, english), (Speech::Chinese, chinese)] {
        let said = condition(definition, here, source, speech).or_else(|| value(definition, here, source, speech));
        let label = |i: usize| format!("“{}”", definition.items[i].label.get(speech.pick(0, 1)));
        let said = said.map_or(String::new(), |text| linked(&text, label, str::to_owned));
        assert_eq!(said, expected, "{source}");
    }
}

#[test]
fn an_expression_reads_as_a_sentence() {
    check("rooms", "${use} = '1'", "“Use?” is “Living” (1)", "“用途？”为“居住”（1）");
    check("rooms", ". >= 1 and . <= 9", "the answer is from 1 to 9", "答案在 1 到 9 之间");
    check(
        "rooms",
        "(${use} = '' or ${use} != '1') and . > 2",
        "(“Use?” has no answer, or “Use?” is not “Living” (1)), and the answer is above 2",
        "（“用途？”没有填，或“用途？”不为“居住”（1）），且答案大于 2",
    );
    check("age", "position(..) = 1", "this is number 1 of “Person”", "这是“人”中的第 1 个");
    check("birth", ". < reference-date()", "the answer is before the reference moment", "答案早于标准时点");
    check(
        "rooms",
        "count(${person}[${age} < 15]) + 1",
        "the number of “Person” of whom “Age?” is below 15 + 1",
        "“年龄？”小于 15的“人”数 + 1",
    );
    check(
        "rooms",
        "if(${use} = '1', . >= 1, true())",
        "when “Use?” is “Living” (1): the answer is 1 or more",
        "当“用途？”为“居住”（1）时：答案不小于 1",
    );
}

#[test]
fn what_has_no_plain_words_says_nothing() {
    check("rooms", "substr(${use}, 1, 2) = 'ab'", "", "");
    check("rooms", "${use} = ", "", "");
}
