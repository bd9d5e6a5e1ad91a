//! What forms do when they are filled: a form as a Markdown table, answers in order, and what is left.

use std::sync::Arc;

use expect_test::{Expect, expect};
use forms::{Inputs, Instance, Value, compile, workbook};

/// Fills a form and shows every question of the root and its repeats: `name=value`, `name!` when a rule is broken, and
/// nothing for what is not relevant. `+person` adds an instance, `-person[1]` removes one.
fn check(table: &str, answers: &str, expected: Expect) {
    let (book, mut mistakes) = workbook::from_markdown(table);
    let (form, more) = compile(&book);
    mistakes.extend(more.into_iter().filter(|m| m.severity == forms::Severity::Error));
    assert!(mistakes.is_empty(), "{mistakes:#?}");
    let form = Arc::new(form.unwrap());
    let inputs = Inputs { reference: forms::Date::parse("2020-11-01"), ..Inputs::default() };
    let mut instance = Instance::new(form.clone(), &inputs);
    for word in answers.split_whitespace() {
        if let Some(repeat) = word.strip_prefix('+') {
            instance.add_repeat(repeat).unwrap();
        } else if let Some(path) = word.strip_prefix('-') {
            let (repeat, position) = path.trim_end_matches(']').rsplit_once('[').unwrap();
            instance.remove_repeat(repeat, position.parse().unwrap()).unwrap();
        } else {
            let (path, value) = word.split_once('=').unwrap();
            instance.set(path, &Value::from(value.replace('_', " ").as_str())).unwrap();
        }
    }
    let shown = show(&mut instance);
    // The same state again, loaded whole from bytes, must look the same as the one that grew answer by answer.
    let mut again = Instance::from_answers(form, &instance.to_answers(), &inputs).unwrap();
    assert_eq!(show(&mut again), shown, "after loading");
    expected.assert_eq(&shown);
}

fn show(instance: &mut Instance) -> String {
    let broken = instance.findings();
    let form = instance.form().clone();
    let items = &form.definition().items;
    let mut out = Vec::new();
    fn path(items: &[forms::definition::Item], at: usize) -> Vec<usize> {
        let mut line = vec![at];
        while let Some(parent) = items[line[0]].parent {
            line.insert(0, parent as usize);
        }
        line.retain(|i| items[*i].kind == forms::definition::Kind::Repeat || *i == at);
        line
    }
    for (i, item) in items.iter().enumerate() {
        let line = path(items, i);
        let mut prefixes: Vec<(String, Vec<u32>)> = vec![(String::new(), vec![])];
        for repeat in &line[..line.len() - 1] {
            let mut next = Vec::new();
            for (prefix, position) in prefixes {
                let name = format!("{prefix}{}", items[*repeat].name);
                for n in 1..=instance.count(&name).unwrap() {
                    next.push((format!("{name}[{n}]/"), [position.clone(), vec![n]].concat()));
                }
            }
            prefixes = next;
        }
        for (prefix, position) in prefixes {
            let path = format!("{prefix}{}", item.name);
            if !instance.is_relevant(&path).unwrap() {
                continue;
            }
            let value = instance.value(&path).unwrap().text();
            let wrong: Vec<String> = broken
                .iter()
                .filter(|f| f.item == i as u32 && f.position == position)
                .map(|f| format!(" {:?}!", f.kind))
                .collect();
            if !value.is_empty() || !wrong.is_empty() {
                out.push(format!("{path}={value}{}\n", wrong.concat()));
            }
        }
    }
    out.concat()
}

#[test]
fn an_answer_that_stops_being_relevant_is_left_out_of_the_submission() {
    check(
        "| type    | name | relevant     |
         | integer | age  |              |
         | text    | job  | ${age} >= 15 |",
        "age=30 job=teacher age=9",
        expect![[r#"
            age=9
        "#]],
    );
}

#[test]
fn a_calculation_follows_what_it_reads_whatever_the_order_of_the_rows() {
    check(
        "| type      | name  | calculation     |
         | calculate | twice | ${sum} * 2      |
         | calculate | sum   | ${a} + ${b}     |
         | integer   | a     |                 |
         | integer   | b     |                 |",
        "a=2 b=3 a=4",
        expect![[r#"
            twice=14
            sum=7
            a=4
            b=3
        "#]],
    );
}

#[test]
fn blanks_make_arithmetic_blank_and_comparisons_false() {
    check(
        "| type      | name | calculation                 |
         | integer   | a    |                             |
         | calculate | sum  | ${a} + 1                    |
         | calculate | more | if(${a} > 0, 'y', 'n')      |
         | calculate | not5 | if(${a} != 5, 'y', 'n')     |
         | calculate | none | if(${a} = '', 'y', 'n')     |
         | calculate | some | coalesce(${a}, 7)           |",
        "",
        expect![[r#"
            more=n
            not5=y
            none=y
            some=7
        "#]],
    );
}

#[test]
fn a_repeat_is_summed_counted_and_numbered() {
    check(
        "| type         | name   | calculation                | relevant   | constraint |
         | begin repeat | person |                            |            |            |
         | calculate    | n      | position(..)               |            |            |
         | integer      | age    |                            |            | . < 120    |
         | text         | school |                            | ${age} < 9 |            |
         | calculate    | share  | ${age} div ${total} * 100  |            |            |
         | end repeat   |        |                            |            |            |
         | calculate    | total  | sum(${age})                |            |            |
         | calculate    | people | count(${person})           |            |            |
         | calculate    | oldest | max(${age})                |            |            |
         | calculate    | second | indexed-repeat(${age}, ${person}, 2) | |            |
         | calculate    | adults | count(${person}[${age} >= 18]) |        |            |
         | calculate    | in_school | count-non-empty(${school}) |         |            |",
        "+person +person +person person[1]/age=50 person[2]/age=7 person[2]/school=A person[3]/age=143 -person[1]",
        expect![[r#"
            person[1]/n=1
            person[2]/n=2
            person[1]/age=7
            person[2]/age=143 Constraint!
            person[1]/school=A
            person[1]/share=4.666666666666667
            person[2]/share=95.33333333333334
            total=150
            people=2
            oldest=143
            second=143
            adults=1
            in_school=1
        "#]],
    );
}

#[test]
fn nested_repeats_keep_to_their_own_parent() {
    check(
        "| type         | name      | calculation      |
         | begin repeat | household |                  |
         | begin repeat | person    |                  |
         | integer      | age       |                  |
         | calculate    | older     | ${age} + ${n}    |
         | end repeat   |           |                  |
         | calculate    | n         | count(${person}) |
         | end repeat   |           |                  |
         | calculate    | all       | count(${person}) |",
        "+household +household +household[1]/person +household[2]/person +household[2]/person household[2]/person[2]/age=5",
        expect![[r#"
            household[2]/person[2]/age=5
            household[2]/person[2]/older=7
            household[1]/n=1
            household[2]/n=2
            all=3
        "#]],
    );
}

#[test]
fn a_predicate_may_compare_other_instances_with_this_one() {
    check(
        "| type         | name   | calculation                                     |
         | begin repeat | person |                                                 |
         | integer      | age    |                                                 |
         | calculate    | older  | count(${person}[age > current()/../age])        |
         | end repeat   |        |                                                 |",
        "+person +person +person person[1]/age=5 person[2]/age=9 person[3]/age=7",
        expect![[r#"
            person[1]/age=5
            person[2]/age=9
            person[3]/age=7
            person[1]/older=2
            person[2]/older=0
            person[3]/older=1
        "#]],
    );
}

#[test]
fn a_repeat_count_makes_and_removes_instances() {
    check(
        "| type         | name  | repeat_count | calculation  |
         | integer      | n     |              |              |
         | begin repeat | child | ${n}         |              |
         | calculate    | order |              | position(..) |
         | end repeat   |       |              |              |
         | calculate    | sum   |              | sum(${order}) |",
        "n=4 n=3",
        expect![[r#"
            n=3
            child[1]/order=1
            child[2]/order=2
            child[3]/order=3
            sum=6
        "#]],
    );
}

#[test]
fn counts_inside_counts_open_only_so_many_instances_and_the_rest_is_a_finding() {
    let (book, _) = forms::workbook::from_markdown(
        "| type         | name  | repeat_count |
         | integer      | n     |              |
         | begin repeat | block | ${n}         |
         | begin repeat | door  | ${n}         |
         | text         | who   |              |
         | end repeat   |       |              |
         | end repeat   |       |              |",
    );
    let form = std::sync::Arc::new(forms::compile(&book).0.unwrap());
    let mut instance = forms::Instance::new(form.clone(), &forms::Inputs::default());
    instance.set("n", &9_999.into()).unwrap();
    assert_eq!(instance.count("block").unwrap(), 9_999);
    let checked = form.check(&instance.to_answers()).unwrap();
    let counts = checked.findings.iter().filter(|finding| finding.kind == forms::RuleKind::Count).count();
    assert!(counts > 9_000, "{} findings, {:?}", checked.findings.len(), checked.findings.first());
}

#[test]
fn choices_compare_by_code_and_are_filtered_by_columns() {
    check(
        "| type                | name | choice_filter   | calculation        | relevant              |
         | select_one province | p    |                 |                    |                       |
         | select_one city     | c    | province = ${p} |                    |                       |
         | select_multiple city | m   |                 |                    |                       |
         | calculate           | k    |                 | count-selected(${m}) |                     |
         | calculate           | name |                 | jr:choice-name(${c}, '${c}') |             |
         | text                | why  |                 |                    | selected(${m}, 'gz')  |
         | calculate           | big  |                 | ${p} > 1 and ${p} = '2' |                  |

         # choices
         | list_name | name | label    | province |
         | province  | 1    | Hebei    |          |
         | province  | 2    | Guangdong |         |
         | city      | bd   | Baoding  | 1        |
         | city      | gz   | Guangzhou | 2       |",
        "p=2 c=bd m=gz_bd why=x",
        expect![[r#"
            p=2
            c=bd Choice!
            m=gz bd
            k=2
            name=Baoding
            why=x
            big=true
        "#]],
    );
}

#[test]
fn relevance_of_a_group_reaches_what_is_inside_and_required_is_asked_only_then() {
    check(
        "| type         | name  | relevant    | required |
         | integer      | a     |             | yes      |
         | begin group  | g     | ${a} = 1    |          |
         | text         | b     |             | yes      |
         | begin repeat | r     |             |          |
         | text         | c     |             | ${a} = 1 |
         | end repeat   |       |             |          |
         | end group    |       |             |          |",
        "+r a=1",
        expect![[r#"
            a=1
            b= Required!
            r[1]/c= Required!
        "#]],
    );
    check(
        "| type        | name | relevant | required |
         | integer     | a    |          | yes      |
         | begin group | g    | ${a} = 1 |          |
         | text        | b    |          | yes      |
         | end group   |      |          |          |",
        "b=x",
        expect![[r#"
            a= Required!
        "#]],
    );
}

#[test]
fn a_rule_on_a_note_is_checked_for_the_whole_household() {
    check(
        "| type         | name   | constraint                | check_soft   |
         | integer      | listed |                           | . < 20       |
         | begin repeat | person |                           |              |
         | text         | who    |                           |              |
         | end repeat   |        |                           |              |
         | note         | total  | ${listed} = count(${person}) |           |",
        "listed=21 +person",
        expect![[r#"
            listed=21 Soft!
            total= Constraint!
        "#]],
    );
}

#[test]
fn dates_count_in_completed_years_and_months_are_their_first_day() {
    check(
        "| type      | name  | appearance | calculation                               | constraint           |
         | date      | birth | month-year |                                           | . <= reference-date() |
         | calculate | age   |            | years-between(${birth}, reference-date()) |                      |
         | calculate | month |            | format-date(${birth}, '%Y-%n')            |                      |
         | calculate | next  |            | add-months(${birth}, 2)                   |                      |",
        "birth=2005-11",
        expect![[r#"
            birth=2005-11-01
            age=15
            month=2005-11
            next=2006-01-01
        "#]],
    );
}

#[test]
fn texts_are_cut_searched_and_matched() {
    check(
        "| type      | name | calculation                           | constraint             |
         | text      | id   |                                       | regex(., '[0-9]{3}[a-z]') |
         | calculate | a    | substr(${id}, 1, 3)                   |                        |
         | calculate | b    | string-length(${id})                  |                        |
         | calculate | c    | concat(${id}, '-', 2 + 3)             |                        |
         | calculate | d    | number(substr(${id}, 0, 3)) mod 5     |                        |
         | calculate | e    | round(7 div 3, 2)                     |                        |
         | calculate | f    | contains(${id}, '23') and not(false()) |                       |
         | calculate | g    | substr(${id}, -2)                     |                        |",
        "id=123x",
        expect![[r#"
            id=123x
            a=23
            b=4
            c=123x-5
            d=3
            e=2.33
            f=true
            g=3x
        "#]],
    );
}

#[test]
fn a_number_in_a_predicate_is_a_position() {
    check(
        "| type         | name   | calculation                           |
         | begin repeat | person |                                       |
         | text         | who    |                                       |
         | end repeat   |        |                                       |
         | calculate    | second | ${person}[2]/who                      |
         | calculate    | last   | ${person}[position() = last()]/who |
         | calculate    | made   | version()                             |",
        "+person +person +person person[1]/who=Li person[2]/who=Wang person[3]/who=Zhao -person[1]",
        expect![[r#"
            person[1]/who=Wang
            person[2]/who=Zhao
            second=Zhao
            last=Zhao
            made=1
        "#]],
    );
}

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

#[test]
fn a_repeat_named_inside_itself_is_the_one_around() {
    check(
        "| type         | name | label | calculation               |
         | begin repeat | r    | R     |                           |
         | integer      | x    | X     |                           |
         | calculate    | here |       | count(${r})               |
         | calculate    | all  |       | count(../../r)            |
         | calculate    | one  |       | count(/data/r)            |
         | calculate    | big  |       | count(${r}[${x} > 1])     |
         | calculate    | sum  |       | sum(../../r/x)            |
         | calculate    | own  |       | sum(${x})                 |
         | end repeat   |      |       |                           |",
        "+r +r r[1]/x=1 r[2]/x=2",
        expect![[r#"
            r[1]/x=1
            r[2]/x=2
            r[1]/here=1
            r[2]/here=1
            r[1]/all=2
            r[2]/all=2
            r[1]/one=1
            r[2]/one=1
            r[1]/big=1
            r[2]/big=1
            r[1]/sum=3
            r[2]/sum=3
            r[1]/own=1
            r[2]/own=2
        "#]],
    );
}

#[test]
fn lists_are_looked_up_by_any_column() {
    check(
        "| type            | name  | label | calculation                                                              |
         | select_one city | c     | C     |                                                                          |
         | calculate       | area  |       | pulldata('city', 'size', 'name', ${c})                                   |
         | calculate       | label |       | instance('city')/root/item[name = ${c}]/label                            |
         | calculate       | same  |       | count(instance('city')/root/item[size = pulldata('city', 'size', 'name', ${c})]) |
         | calculate       | order |       | join(' ', randomize(instance('city')/root/item/name, 5))                 |

         # choices
         | list_name | name | label    | size |
         | city      | bd   | Baoding  | 3    |
         | city      | ts   | Tangshan | 3    |
         | city      | gz   | Guangzhou | 15  |",
        "c=ts",
        expect![[r#"
            c=ts
            area=3
            label=Tangshan
            same=2
            order=bd ts gz
        "#]],
    );
}

#[test]
fn positions_move_up_when_an_instance_is_taken_out() {
    check(
        "| type         | name   | calculation  | relevant     | repeat_count |
         | begin repeat | person |              |              |              |
         | calculate    | line   | position(..) |              |              |
         | text         | note   |              | ${line} > 1  |              |
         | begin repeat | job    |              |              | 1            |
         | calculate    | tag    | concat(position(../..), '.', position(..)) | | |
         | end repeat   |        |              |              |              |
         | end repeat   |        |              |              |              |
         | calculate    | last   | max(${line}) |              |              |",
        "+person +person +person person[2]/note=two person[3]/note=three -person[1]",
        expect![[r#"
            person[1]/line=1
            person[2]/line=2
            person[2]/note=three
            person[1]/job[1]/tag=1.1
            person[2]/job[1]/tag=2.1
            last=2
        "#]],
    );
}
