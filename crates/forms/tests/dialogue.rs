//! An interview in lines: what is shown, what a line does.

use std::sync::Arc;

use expect_test::{Expect, expect};
use forms::workbench::dialogue::{Dialogue, Effect, Line, Style};
use forms::{Form, Inputs, Outcome, compile, workbook};

const FORM: &str = "
| type               | name   | label::English (en) | label::中文 (zh) | hint::English (en) | hint::中文 (zh) | required | relevant      | constraint        | constraint_message::English (en) | constraint_message::中文 (zh) | check_soft | check_soft_message::English (en) | check_soft_message::中文 (zh) | identifier | fact    | calculation      | appearance |
| begin group        | home   | The home            | 住房             |                    |                 |          |               |                   |                                  |                               |            |                                  |                               |            |         |                  |            |
| integer            | rooms  | How many rooms?     | 几间房？         | No kitchen.        | 不算厨房。      | yes      |               | . >= 1 and . <= 9 | From 1 to 9.                     | 1 到 9。                      | . <= 5     | That many?                       | 这么多？                      |            |         |                  |            |
| select_one fuel    | fuel   | What fuel?          | 什么燃料？       |                    |                 | yes      |               |                   |                                  |                               |            |                                  |                               |            |         |                  |            |
| select_multiple yn | extras | Which extras?       | 哪些设施？       |                    |                 |          | ${fuel} = 'gas' |                 |                                  |                               |            |                                  |                               |            |         |                  |            |
| end group          |        |                     |                  |                    |                 |          |               |                   |                                  |                               |            |                                  |                               |            |         |                  |            |
| begin repeat       | person | People              | 人               |                    |                 |          |               |                   |                                  |                               |            |                                  |                               |            |         |                  |            |
| text               | name   | Name?               | 姓名？           |                    |                 | yes      |               |                   |                                  |                               |            |                                  |                               | yes        |         |                  |            |
| date               | birth  | Born when?          | 哪年哪月生？     |                    |                 | yes      |               |                   |                                  |                               |            |                                  |                               |            |         |                  | month-year |
| end repeat         |        |                     |                  |                    |                 |          |               |                   |                                  |                               |            |                                  |                               |            |         |                  |            |
| calculate          | n      | Persons             | 人数             |                    |                 |          |               |                   |                                  |                               |            |                                  |                               |            | persons | count(${person}) |            |

# choices
| list_name | name | label::English (en) | label::中文 (zh) |
| fuel      | gas  | Gas                 | 煤气             |
| fuel      | wood | Wood                | 柴草             |
| yn        | 1    | Bath                | 浴室             |
| yn        | 2    | Lift                | 电梯             |

# settings
| form_title::English (en) | form_title::中文 (zh) | form_id | version | table |
| Homes                    | 住房表                | homes   | 1       | home  |
";

fn form() -> Arc<Form> {
    let (form, mistakes) = compile(&workbook::from_markdown(FORM).0);
    assert!(forms::is_sound(&mistakes), "{mistakes:?}");
    Arc::new(form.unwrap())
}

fn shown(lines: &[Line]) -> String {
    let mark = |style| match style {
        Style::Title => '#',
        Style::Plain => ' ',
        Style::Faint => '.',
        Style::Wrong => '!',
        Style::Warning => '?',
        Style::Good => '+',
    };
    lines.iter().map(|l| format!("{} {}\n", mark(l.style), l.text)).collect()
}

/// A transcript of screens and lines, to the end of the input or of the interview; then the record.
fn play(dialogue: &mut Dialogue, lines: &[&str]) -> String {
    let mut out = String::new();
    for line in lines {
        out.push_str(&shown(&dialogue.screen()));
        out.push_str(&format!("> {line}\n"));
        let (said, effect) = dialogue.enter(line);
        out.push_str(&shown(&said));
        if effect == Effect::Finish {
            out.push_str(&shown(&dialogue.record().unwrap()));
        }
    }
    out
}

fn check(language: usize, lines: &[&str], expected: Expect) {
    let mut dialogue = Dialogue::new(form(), &Inputs::default(), language);
    expected.assert_eq(&play(&mut dialogue, lines));
}

#[test]
fn an_interview_from_the_first_question_to_what_is_recorded() {
    check(
        0,
        &["3", "1", "Bath, 2", "Ann", "", "1980-05", ""],
        expect![[r#"
        . rooms · The home
        # How many rooms? *
        . No kitchen.
        > 3
        . fuel · The home
        # What fuel? *
             1  Gas  [gas]
             2  Wood  [wood]
        > 1
        . extras · The home
        # Which extras?
             1  Bath
             2  Lift
        > Bath, 2
        . person
        # People
        .   type a name to add somebody; `:remove 2`, `:rename 2 NAME`; Enter goes on
        > Ann
        + 1  Ann is on the list
        . person · 0 of 1 people done
        # People
             1  Ann  (open)
        .   type a name to add somebody; `:remove 2`, `:rename 2 NAME`; Enter goes on
        > 
        . person[1]/birth · People · 1 of 1 Ann · 0 of 1 people done
        # Born when? *
        > 1980-05
        . review · 1 of 1 people done
        # Homes: review
        +   Nothing is open. Enter finishes.
        > 
        + Finished: clean.
          In the head: persons 1
        # home
            rooms   3
            fuel    gas Gas
            extras  1 2
            n       1
        # person 1
            name   sealed
            birth  1980-05-01
        # Sealed: only the census key opens it
            person[1]/name  Ann
        . 18 bytes of answers, 13 to seal
    "#]],
    );
}

#[test]
fn the_same_in_chinese() {
    check(
        1,
        &["3", "柴草", "李芳", "", "：未完", "1980-05", ""],
        expect![[r#"
        . rooms · 住房
        # 几间房？ *
        . 不算厨房。
        > 3
        . fuel · 住房
        # 什么燃料？ *
             1  煤气  [gas]
             2  柴草  [wood]
        > 柴草
        . person
        # 人
        .   输入姓名可添加；`:删除 2`、`:改名 2 姓名`；按回车继续
        > 李芳
        + 1  已登记 李芳
        . person · 已完成 0/1 人
        # 人
             1  李芳  (未完成)
        .   输入姓名可添加；`:删除 2`、`:改名 2 姓名`；按回车继续
        > 
        . person[1]/birth · 人 · 第 1 个，共 1 个 李芳 · 已完成 0/1 人
        # 哪年哪月生？ *
        > ：未完
        ! ! 李芳: 哪年哪月生？ 请作答。   :go person[1]/birth
        . person[1]/birth · 人 · 第 1 个，共 1 个 李芳 · 已完成 0/1 人
        # 哪年哪月生？ *
        > 1980-05
        . review · 已完成 1/1 人
        # 住房表：核对
        +   没有问题。按回车结束。
        > 
        + 已完成：无问题。
          头部：persons 1
        # home
            rooms   3
            fuel    wood 柴草
            n       1
        # person 1
            name   封存
            birth  1980-05-01
        # 封存：只有普查密钥能打开
            person[1]/name  李芳
        . 答案 15 字节，待封存 16 字节
    "#]],
    );
}

#[test]
fn a_broken_rule_holds_the_page_once_and_a_wrong_answer_says_what_is_wanted() {
    check(
        0,
        &["many", "12", "", "coal", ":back", ":clear", "", "6", ":why a school"],
        expect![[r#"
        . rooms · The home
        # How many rooms? *
        . No kitchen.
        > many
        ! ! `many` cannot be taken here: give a whole number, such as 3
        . rooms · The home
        # How many rooms? *
        . No kitchen.
        > 12
        ! ! How many rooms? From 1 to 9.
        ? ! How many rooms? That many?
        . Enter again goes on all the same; or answer anew
        . rooms · The home
        # How many rooms? *
        . No kitchen.
        +   answered: 12
        > 
        . fuel · The home
        # What fuel? *
             1  Gas  [gas]
             2  Wood  [wood]
        > coal
        ! ! `coal` cannot be taken here: give one of the choices
        . fuel · The home
        # What fuel? *
             1  Gas  [gas]
             2  Wood  [wood]
        > :back
        . rooms · The home
        # How many rooms? *
        . No kitchen.
        +   answered: 12
        > :clear
        . rooms · The home
        # How many rooms? *
        . No kitchen.
        > 
        ! ! How many rooms? An answer is wanted.
        . Enter again goes on all the same; or answer anew
        . rooms · The home
        # How many rooms? *
        . No kitchen.
        > 6
        ? ! How many rooms? That many?
        . Enter again goes on all the same; or answer anew
        . rooms · The home
        # How many rooms? *
        . No kitchen.
        +   answered: 6
        > :why a school
        + noted
    "#]],
    );
}

#[test]
fn commands_lead_about_the_form() {
    check(
        0,
        &[
            ":go person",
            "Ann",
            "Bob",
            ":rename 1 Anna",
            ":remove 2",
            ":go person[1]/birth",
            ":language zh",
            ":go nowhere",
            ":fly",
            ":help",
        ],
        expect![[r#"
            . rooms · The home
            # How many rooms? *
            . No kitchen.
            > :go person
            . person
            # People
            .   type a name to add somebody; `:remove 2`, `:rename 2 NAME`; Enter goes on
            > Ann
            + 1  Ann is on the list
            . person · 0 of 1 people done
            # People
                 1  Ann  (open)
            .   type a name to add somebody; `:remove 2`, `:rename 2 NAME`; Enter goes on
            > Bob
            + 2  Bob is on the list
            . person · 0 of 2 people done
            # People
                 1  Ann  (open)
                 2  Bob  (open)
            .   type a name to add somebody; `:remove 2`, `:rename 2 NAME`; Enter goes on
            > :rename 1 Anna
            . person · 0 of 2 people done
            # People
                 1  Anna  (open)
                 2  Bob  (open)
            .   type a name to add somebody; `:remove 2`, `:rename 2 NAME`; Enter goes on
            > :remove 2
            . person · 0 of 1 people done
            # People
                 1  Anna  (open)
            .   type a name to add somebody; `:remove 2`, `:rename 2 NAME`; Enter goes on
            > :go person[1]/birth
            . person[1]/birth · People · 1 of 1 Anna · 0 of 1 people done
            # Born when? *
            > :language zh
            . person[1]/birth · 人 · 第 1 个，共 1 个 Anna · 已完成 0/1 人
            # 哪年哪月生？ *
            > :go nowhere
            ! 现在没有页面 `nowhere`：不存在，或此时不询问
            . person[1]/birth · 人 · 第 1 个，共 1 个 Anna · 已完成 0/1 人
            # 哪年哪月生？ *
            > :fly
            ! 没有命令 `:fly`；`:help` 列出全部
            . person[1]/birth · 人 · 第 1 个，共 1 个 Anna · 已完成 0/1 人
            # 哪年哪月生？ *
            > :help
              输入答案；只按回车则继续。命令以冒号开头：
            .   :back (:b, :返回)           回到上一题
            .   :next (:n, :继续)           不管此处的问题，继续
            .   :open (:o, :未完)           列出未完成的内容
            .   :go ID (:g, :到)            跳到某题：`:go person[2]/d4_sex`、`:go review`
            .   :clear (:c, :清空)          清除答案
            .   :why REASON (:w, :理由)     说明提示的情况确实无误
            .   :remove N (:删除)           从名单中删除
            .   :rename N NAME (:改名)      修改名单上的姓名
            .   :language CODE (:l, :语言)  换语言：`:language zh`
            .   :save [FILE] (:s, :保存)    保存草稿，以后继续
            .   :finish (:f, :完成)         现在结束；有问题的将需复核
            .   :quit (:q, :退出)           不完成就退出
        "#]],
    );
}

#[test]
fn the_review_leads_to_what_is_open_and_finishes_all_the_same() {
    check(
        0,
        &[":go review", "1", "4", ":go review", "9", ""],
        expect![[r#"
        . rooms · The home
        # How many rooms? *
        . No kitchen.
        > :go review
        . review
        # Homes: review
        !    1 ! How many rooms? An answer is wanted.
        !    2 ! What fuel? An answer is wanted.
        .   A number goes there; Enter finishes all the same.
        > 1
        . rooms · The home
        # How many rooms? *
        . No kitchen.
        > 4
        . fuel · The home
        # What fuel? *
             1  Gas  [gas]
             2  Wood  [wood]
        > :go review
        . review
        # Homes: review
        !    1 ! What fuel? An answer is wanted.
        .   A number goes there; Enter finishes all the same.
        > 9
        ! type the number of a problem, or Enter to finish
        . review
        # Homes: review
        !    1 ! What fuel? An answer is wanted.
        .   A number goes there; Enter finishes all the same.
        > 
        ! Finished: needs review.
        !   fuel: no answer
          In the head: persons 0
        # home
            rooms   4
            n       0
        . 10 bytes of answers, 6 to seal
    "#]],
    );
}

#[test]
fn a_draft_goes_on_where_it_was_left() {
    let mut first = Dialogue::new(form(), &Inputs::default(), 0);
    play(&mut first, &["3", "gas"]);
    let draft = first.draft();
    assert_eq!(first.enter(":save a.draft").1, Effect::Save(Some("a.draft".into())));
    let mut again = Dialogue::resume(form(), &draft, &Inputs::default(), 0).unwrap();
    assert_eq!(again.screen(), first.screen());
    assert_eq!(again.screen()[1].text, "Which extras?");
    assert_eq!(again.outcome(), Outcome::Clean);
    again.enter(":back");
    again.enter(":clear");
    assert_eq!(again.outcome(), Outcome::NeedsReview);
    assert_eq!(again.enter(":quit").1, Effect::Quit);
    assert!(Dialogue::resume(form(), b"{}", &Inputs::default(), 0).is_err());
}
