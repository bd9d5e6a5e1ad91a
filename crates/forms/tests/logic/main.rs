//! What forms do when they are filled: a form as a Markdown table, answers in order, and what is left.

mod filled_in;
mod repeats;

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
