//! What is filled in without being asked: triggers, defaults, what the device knows.

use std::sync::Arc;

use expect_test::expect;
use forms::{Inputs, compile, workbook};

use super::{check, show};

#[test]
fn a_triggered_calculation_runs_when_its_question_is_answered_and_only_then() {
    check(
        "| type         | name | label | calculation | trigger    |
         | integer      | n    | N     |             |            |
         | integer      | m    | M     |             |            |
         | calculate    | sum  |       | ${n} + ${m} | ${n}       |
         | calculate    | both |       | ${n} + ${m} | ${n}, ${m} |
         | integer      | copy | C     | ${n}        | ${n}       |
         | text         | gone | G     |             | ${m}       |
         | calculate    | next |       | ${copy} + 1 | ${copy}    |
         | begin repeat | r    | R     |             |            |
         | integer      | x    | X     |             |            |
         | calculate    | twice |      | ${x} * 2    | ${x}       |
         | calculate    | all  |       | ${x} + ${n} | ${n}       |
         | end repeat   |      |       |             |            |",
        "+r +r gone=x r[2]/x=4 n=1 r[1]/x=3 m=5 copy=9",
        expect![[r#"
            n=1
            m=5
            both=6
            copy=9
            next=10
            r[1]/x=3
            r[2]/x=4
            r[1]/twice=6
            r[2]/twice=8
            r[2]/all=5
        "#]],
    );
}

#[test]
fn a_trigger_that_nobody_answers_is_refused() {
    let (book, _) = workbook::from_markdown(
        "| type      | name | label | calculation | trigger |
         | integer   | n    | N     |             |         |
         | calculate | c    |       | ${n} + 1    |         |
         | calculate | t    |       | ${n}        | ${c}    |",
    );
    let mistakes: String = compile(&book).1.iter().map(|m| format!("{m}\n")).collect();
    expect![[r#"
        form/bad-trigger  survey!E4: `c` is not asked, so its answer never changes by itself; name a question that somebody answers
    "#]].assert_eq(&mistakes);
}

#[test]
fn a_default_that_is_an_expression_is_worked_out_once_for_each_new_instance() {
    check(
        "| type         | name  | label | default                     | calculation      | repeat_count |
         | integer      | n     | N     | 2                           |                  |              |
         | calculate    | c     |       |                             | ${n} + 1         |              |
         | text         | first | F     | concat('a', ${c})           |                  |              |
         | begin repeat | r     | R     |                             |                  | ${n}         |
         | integer      | x     | X     | ${c} * 10 + position(..)    |                  |              |
         | text         | y     | Y     | plain                       |                  |              |
         | end repeat   |       |       |                             |                  |              |
         | begin repeat | s     | S     |                             |                  |              |
         | integer      | last  | L     | if(position(..) = 1, 7, ${s}[position() = position(current()/..) - 1]/last + 1) | | |
         | end repeat   |       |       |                             |                  |              |",
        "n=3 +s +s s[2]/last=20 +s r[1]/x=1",
        expect![[r#"
            n=3
            c=4
            first=a3
            r[1]/x=1
            r[2]/x=32
            r[3]/x=43
            r[1]/y=plain
            r[2]/y=plain
            r[3]/y=plain
            s[1]/last=7
            s[2]/last=20
            s[3]/last=21
        "#]],
    );
}

#[test]
fn the_device_fills_in_what_it_knows() {
    let (book, _) = workbook::from_markdown(
        "| type        | name        | label | calculation                          |
         | start       | start       |       |                                      |
         | end         | end         |       |                                      |
         | today       | today       |       |                                      |
         | deviceid    | deviceid    |       |                                      |
         | username    | username    |       |                                      |
         | phonenumber | phonenumber |       |                                      |
         | email       | email       |       |                                      |
         | calculate   | hour        |       | format-date-time(${start}, '%H:%M')  |
         | calculate   | late        |       | ${today} > date('2020-10-31')        |
         | calculate   | moment      |       | once(now())                          |
         | calculate   | mail        |       | property('email')                    |
         | integer     | a           | A     |                                      |",
    );
    let form = Arc::new(compile(&book).0.unwrap());
    let properties = [("deviceid", "d-1"), ("username", "li"), ("email", "li@example.org")];
    let inputs = Inputs {
        now: Some("2020-11-01T10:30:00.000+08:00".into()),
        properties: properties.map(|(n, v)| (n.into(), v.into())).to_vec(),
        ..Inputs::default()
    };
    let mut interview = forms::interview::Interview::new(form.clone(), &inputs, 0);
    interview.finish();
    let mut instance = interview.instance().clone();
    instance.set_now("2020-11-01T11:00:00.000+08:00");
    instance.set("a", &1.into()).unwrap();
    expect![[r#"
        start=2020-11-01T10:30:00.000+08:00
        end=2020-11-01T10:30:00.000+08:00
        today=2020-11-01
        deviceid=d-1
        username=li
        email=li@example.org
        hour=10:30
        late=true
        moment=2020-11-01T10:30:00.000+08:00
        mail=li@example.org
        a=1
    "#]]
    .assert_eq(&show(&mut instance));
}
