//! Repeats: counted, numbered, nested, named from inside and outside.

use expect_test::expect;

use super::check;

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
            person[1]/job_count=1
            person[2]/job_count=1
            person[1]/job[1]/tag=1.1
            person[2]/job[1]/tag=2.1
            last=2
        "#]],
    );
}
