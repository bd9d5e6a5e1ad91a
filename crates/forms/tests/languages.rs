//! A respondent chooses the language of the questions.

use std::sync::Arc;

use forms::interview::Interview;
use forms::{Inputs, compile, workbook};

const TABLE: &str = "
| type             | name   | label::English (en)    | label::中文 (zh) |
| text             | ward   | Ward?                  | 社区？           |
| select_one langs | spoken | Which language?        | 用哪种语言？     |
| integer          | rooms  | How many rooms?        | 几间房？         |

# choices
| list_name | name | label::English (en) | label::中文 (zh) |
| langs     | en   | English             | 英文             |
| langs     | zh   | Chinese             | 中文             |

# settings
| form_id | default_language | language_question |
| home    | English (en)     | spoken            |
";

#[test]
fn the_screens_are_in_the_language_the_respondent_chose() {
    let (form, mistakes) = compile(&workbook::from_markdown(TABLE).0);
    assert!(mistakes.is_empty(), "{mistakes:?}");
    let form = Arc::new(form.unwrap());
    let label = |i: &mut Interview, page: &str, language: &str| {
        i.goto(page);
        i.set_language(form.language(language));
        i.screen().label
    };
    let mut i = Interview::new(form.clone(), &Inputs::default(), 0);
    assert_eq!(label(&mut i, "rooms", "en"), "How many rooms?");
    assert_eq!(label(&mut i, "rooms", "zh"), "几间房？");
    i.goto("spoken");
    i.set_language(form.language("en"));
    i.answer("zh").unwrap();
    assert_eq!(i.screen().label, "用哪种语言？");
    // Whatever the app's own language is.
    assert_eq!(label(&mut i, "rooms", "en"), "几间房？");
    let draft = i.save();
    let mut again = Interview::restore(form.clone(), &draft, &Inputs::default()).unwrap();
    assert_eq!(label(&mut again, "ward", "en"), "社区？");
    i.goto("spoken");
    i.answer("").unwrap();
    assert_eq!(label(&mut i, "rooms", "en"), "How many rooms?");
}

#[test]
fn a_question_that_gives_no_language_is_told() {
    for (from, to, told) in [
        ("| spoken            |", "| speech            |", "`speech` is not a question of this form"),
        ("| spoken            |", "| rooms             |", "`rooms` is not a `select_one`"),
        ("| langs     | zh   |", "| langs     | de   |", "`de`, a choice of `spoken`, is no language of the form"),
    ] {
        let (_, mistakes) = compile(&workbook::from_markdown(&TABLE.replace(from, to)).0);
        let [mistake] = mistakes.as_slice() else { panic!("{mistakes:?}") };
        assert_eq!((mistake.code.as_str(), mistake.message.as_str()), ("form/bad-language-question", told));
    }
}
