//! An interview on a phone, screen by screen.

use std::sync::Arc;

use forms::interview::{Interview, ScreenKind};
use forms::{Form, Inputs, Outcome, RuleKind, compile, identifiers_decode, workbook};

const TABLE: &str = "
| type           | name     | label::English (en)   | label::中文 (zh) | required | relevant   | constraint | constraint_message::English (en) | check_soft | check_soft_message::English (en) | identifier |
| integer        | rooms    | How many rooms?       | 几间？           | yes      |            | . > 0      | At least one                     | . < 9      | That many?                       |            |
| begin repeat   | person   | People                | 人               |          |            |            |                                  |            |                                  |            |
| text           | name     | Name?                 | 姓名？           | yes      |            |            |                                  |            |                                  | yes        |
| integer        | age      | Age?                  | 年龄？           | yes      |            |            |                                  |            |                                  |            |
| select_one yn  | literate | Reads and writes?     | 识字？           | yes      | ${age} > 5 |            |                                  |            |                                  |            |
| end repeat     |          |                       |                  |          |            |            |                                  |            |                                  |            |
| note           | enough   | Rooms                 | 房间             |          |            | ${rooms} <= count(${person}) * 9 | Too many rooms |       |                                  |            |

# choices
| list_name | name | label::English (en) | label::中文 (zh) |
| yn        | 1    | Yes                 | 是               |
| yn        | 2    | No                  | 否               |";

fn form() -> Arc<Form> {
    let (form, mistakes) = compile(&workbook::from_markdown(TABLE).0);
    assert!(forms::is_sound(&mistakes), "{mistakes:?}");
    Arc::new(form.unwrap())
}

fn start() -> Interview {
    Interview::new(form(), &Inputs::default(), 0)
}

/// The ids of all screens from here on.
fn walk(interview: &mut Interview) -> Vec<String> {
    let mut ids = vec![interview.id()];
    while interview.next(true) {
        ids.push(interview.id());
    }
    ids
}

#[test]
fn all_names_come_first_and_then_each_person() {
    let mut i = start();
    i.next(true);
    assert_eq!(i.screen().kind, ScreenKind::Roster);
    i.add_person("Ann").unwrap();
    i.add_person("Bob").unwrap();
    i.instance().value("person[2]/name").unwrap();
    assert_eq!(walk(&mut i), ["person", "person[1]/age", "person[2]/age", "review"]);
    i.goto("person[1]/age");
    i.answer("30").unwrap();
    assert_eq!(walk(&mut i), ["person[1]/age", "person[1]/literate", "person[2]/age", "review"]);
    i.goto("person[2]/age");
    let screen = i.screen();
    let person = screen.person.unwrap();
    assert_eq!((person.index, person.count, person.name.as_str()), (2, 2, "Bob"));
    assert_eq!((screen.section.as_str(), screen.label.as_str()), ("People", "Age?"));
}

#[test]
fn a_broken_rule_holds_once_and_never_prevents_finishing() {
    let mut i = start();
    assert!(!i.next(false));
    assert_eq!(i.screen().problems[0].kind, RuleKind::Required);
    i.answer("0").unwrap();
    assert!(!i.next(false));
    assert_eq!((i.screen().problems[0].message.as_str(), i.screen().problems[0].hard), ("At least one", true));
    assert!(i.next(true));
    let finished = i.finish();
    assert_eq!(finished.outcome, Outcome::NeedsReview);
    assert_eq!(i.instance().form().check(&finished.split.answers).unwrap().verdict, Outcome::NeedsReview);
}

#[test]
fn a_warning_is_confirmed_with_a_reason_that_is_sealed() {
    let mut i = start();
    i.answer("12").unwrap();
    assert!(!i.next(false));
    assert_eq!(i.screen().problems[0].message, "That many?");
    i.confirm("a former school");
    assert!(i.next(false));
    i.add_person("Ann").unwrap();
    i.add_person("Bob").unwrap();
    let finished = i.finish();
    assert!(finished.findings.iter().any(|f| f.kind == RuleKind::Soft));
    let sealed = identifiers_decode(i.instance().form(), &finished.split.identifiers).unwrap();
    assert!(sealed.contains(&("rooms#reason".into(), "a former school".into())), "{sealed:?}");
}

#[test]
fn what_a_question_cannot_hold_is_refused_and_changes_nothing() {
    let mut i = start();
    i.answer("3").unwrap();
    for wrong in ["three", "3.5", "1e3", "NaN"] {
        assert!(i.answer(wrong).is_err(), "{wrong}");
    }
    assert_eq!(i.screen().value, "3");
}

#[test]
fn a_draft_comes_back_on_the_same_page_in_the_same_language() {
    let mut i = start();
    i.answer("12").unwrap();
    i.confirm("a former school");
    i.next(true);
    i.add_person("Ann").unwrap();
    i.set_language(1);
    assert!(i.goto("person[1]/age"));
    i.answer("40").unwrap();
    let mut again = Interview::restore(form(), &i.save(), &Inputs::default()).unwrap();
    assert_eq!(again.screen(), i.screen());
    assert_eq!(again.screen().label, "年龄？");
    assert_eq!(again.finish(), i.finish());
    assert!(Interview::restore(form(), b"{}", &Inputs::default()).is_err());
}

#[test]
fn somebody_taken_off_the_roster_takes_the_answers_along() {
    let mut i = start();
    i.answer("3").unwrap();
    for name in ["Ann", "Bob", "Cy"] {
        i.add_person(name).unwrap();
    }
    i.goto("person[2]/age");
    i.answer("3").unwrap();
    i.remove_person(2).unwrap();
    assert_eq!(i.id(), "person");
    let names: Vec<String> =
        i.screen().members.into_iter().map(|m| format!("{} {} {}", m.index, m.name, m.done)).collect();
    assert_eq!(names, ["1 Ann false", "2 Cy false"]);
    i.goto("person[2]/age");
    assert_eq!(i.screen().value, "");
    i.answer("4").unwrap();
    assert_eq!((i.screen().progress.persons_done, i.screen().progress.persons), (1, 2));
    assert!(i.remove_person(3).is_err());
}

#[test]
fn the_review_lists_what_is_wrong_and_where_to_mend_it() {
    let mut i = start();
    i.answer("12").unwrap();
    i.add_person("").unwrap();
    i.goto("review");
    let problems: Vec<String> = i.screen().problems.iter().map(|p| format!("{:?} {}", p.kind, p.id)).collect();
    assert_eq!(problems, ["Soft rooms", "Constraint ", "Required person", "Required person[1]/age"]);
    assert!(!i.next(true));
}

#[test]
fn texts_show_answers_and_a_select_offers_what_was_answered_elsewhere() {
    let (book, mistakes) = workbook::from_markdown(
        "| type | name | label | constraint | constraint_message | hint |
         | text | street | Street | | | |
         | begin repeat | person | People of ${street} | | | |
         | text | name | Name | | | |
         | integer | age | How old is ${name}, of ${street}? | . < 99 | ${name} is not ${age} | Born in ${nowhere} |
         | begin repeat | trip | Trips | | | |
         | text | place | Place | | | |
         | end repeat | | | | | |
         | select_one ${place} | far | Farthest | | | |
         | end repeat | | | | | |
         | select_one ${name} | head | Who is the head? | | | |
         | time | call | Call back at | | | |
         | rank l | liked | What ${street} likes | | | |

         # choices
         | list_name | name | label |
         | l | a | ${street} |",
    );
    assert!(mistakes.is_empty());
    let form = Arc::new(compile(&book).0.unwrap());
    let mut i = Interview::new(form, &Inputs::default(), 0);
    i.answer("Long Lane").unwrap();
    for name in ["Ann", "Bob", "Ann"] {
        i.next(true);
        i.add_person(name).unwrap();
    }
    i.goto("person[2]/age");
    let screen = i.screen();
    assert_eq!(
        (screen.label.as_str(), screen.section.as_str()),
        ("How old is Bob, of Long Lane?", "People of Long Lane")
    );
    assert_eq!(screen.hint, "Born in ");
    i.answer("120").unwrap();
    assert_eq!(i.screen().problems[0].message, "Bob is not 120");
    // A choice is an answer given in the same person's trips, or by any person; each once.
    for (person, place) in [(1, "Sea"), (2, "Hill"), (2, "City")] {
        i.goto(&format!("person[{person}]/trip"));
        i.add_person(place).unwrap();
    }
    i.goto("person[2]/far");
    let offered: Vec<String> = i.screen().choices.into_iter().map(|c| c.value).collect();
    assert_eq!(offered, ["Hill", "City"]);
    i.answer("City").unwrap();
    i.goto("head");
    let offered: Vec<String> = i.screen().choices.into_iter().map(|c| c.label).collect();
    assert_eq!(offered, ["Ann", "Bob"]);
    i.answer("Bob").unwrap();
    i.goto("call");
    assert_eq!(i.screen().kind, ScreenKind::Time);
    assert!(i.answer("25:00").is_err());
    i.answer("18:30").unwrap();
    i.goto("liked");
    assert_eq!((i.screen().kind, i.screen().choices[0].label.as_str()), (ScreenKind::Rank, "Long Lane"));
    let answers = i.finish().split.answers;
    let kept = i.instance().form().check(&answers).unwrap();
    assert_eq!(kept.findings.len(), 1, "the age alone: {:?}", kept.findings);
}

/// A long list is not looked through where the filter wants a column to be equal to something; what it offers is the
/// same as on a list short enough to be looked through.
#[test]
fn a_long_list_offers_what_a_short_one_does() {
    let offered = |padding: usize, filter: &str, answer: &str| {
        let mut table = format!(
            "| type | name | label | choice_filter |\n| text | t | T | |\n| integer | n | N | |\n\
             | select_one l | one | O | {filter} |\n\n# choices\n| list_name | name | label | kind |\n"
        );
        for (i, kind) in ["1", "01", "1.0", "a", "", "2.5", "true", "a"].iter().enumerate() {
            table += &format!("| l | c{i} | C | {kind} |\n");
        }
        for i in 0..padding {
            table += &format!("| l | p{i} | P | other{i} |\n");
        }
        let (form, mistakes) = compile(&workbook::from_markdown(&table).0);
        assert!(forms::is_sound(&mistakes), "{mistakes:?}");
        let mut i = Interview::new(Arc::new(form.unwrap()), &Inputs::default(), 0);
        i.answer(answer).unwrap();
        i.next(true);
        let _ = i.answer(answer);
        i.goto("one");
        let choices = i.screen().choices;
        choices.into_iter().map(|c| c.value).filter(|v| v.starts_with('c')).collect::<Vec<_>>().join(" ")
    };
    for filter in [
        "kind = ${t}",
        "${n} = kind",
        "kind = ${n} + 0.5",
        "kind = true()",
        "kind = 'a' and name != 'c3'",
        "kind = ${t} or kind = 'a'",
        "name = concat('c', ${t})",
    ] {
        for answer in ["1", "2", "a", ""] {
            assert_eq!(offered(100, filter, answer), offered(0, filter, answer), "{filter}, answered {answer}");
        }
    }
    assert_eq!(offered(100, "${n} = kind", "1"), "c0 c1 c2");
    assert_eq!(offered(100, "kind = ${n} + 0.5", "2"), "c5");
}
