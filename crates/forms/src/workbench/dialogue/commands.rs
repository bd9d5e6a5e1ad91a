//! Commands: a word behind a colon.

use super::{Dialogue, Effect, Line, Style, draw};
use crate::workbench::Speech;
use crate::workbench::speech::say;

/// A command and what stands behind it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Command {
    Back,
    Next,
    Open,
    Go(String),
    Clear,
    Why(String),
    Remove(String),
    Rename(String),
    Language(String),
    Save(Option<String>),
    Finish,
    Quit,
    Help,
}

/// Names, short names and Chinese names; then what it does.
const HELP: &[(&str, &str, &str)] = &[
    (":back (:b, :返回)", "to the question before", "回到上一题"),
    (":next (:n, :继续)", "on, whatever is broken here", "不管此处的问题，继续"),
    (":open (:o, :未完)", "what is still open, with numbers to go to", "列出未完成的内容"),
    (
        ":go ID (:g, :到)",
        "to a question: `:go person[2]/d4_sex`, `:go review`",
        "跳到某题：`:go person[2]/d4_sex`、`:go review`",
    ),
    (":clear (:c, :清空)", "take the answer away", "清除答案"),
    (":why REASON (:w, :理由)", "why a warning is right all the same", "说明提示的情况确实无误"),
    (":remove N (:删除)", "take somebody off the list", "从名单中删除"),
    (":rename N NAME (:改名)", "change a name on the list", "修改名单上的姓名"),
    (":language CODE (:l, :语言)", "ask in another language: `:language en`", "换语言：`:language zh`"),
    (":save [FILE] (:s, :保存)", "save a draft to go on with later", "保存草稿，以后继续"),
    (":finish (:f, :完成)", "finish now; broken rules make it need review", "现在结束；有问题的将需复核"),
    (":quit (:q, :退出)", "leave without finishing", "不完成就退出"),
];

impl Command {
    /// `None` for an answer; an error is the word that is no command.
    pub fn parse(line: &str) -> Option<Result<Command, String>> {
        let rest = line.strip_prefix(':').or_else(|| line.strip_prefix('：'))?;
        let (word, more) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
        let more = more.trim().to_owned();
        Some(Ok(match word.to_lowercase().as_str() {
            "back" | "b" | "返回" => Command::Back,
            "next" | "n" | "继续" => Command::Next,
            "open" | "o" | "未完" => Command::Open,
            "go" | "g" | "到" => Command::Go(more),
            "clear" | "c" | "清空" => Command::Clear,
            "why" | "w" | "理由" => Command::Why(more),
            "remove" | "删除" => Command::Remove(more),
            "rename" | "改名" => Command::Rename(more),
            "language" | "l" | "语言" => Command::Language(more),
            "save" | "s" | "保存" => Command::Save((!more.is_empty()).then_some(more)),
            "finish" | "f" | "完成" => Command::Finish,
            "quit" | "q" | "退出" => Command::Quit,
            "help" | "h" | "?" | "帮助" => Command::Help,
            other => return Some(Err(format!(":{other}"))),
        }))
    }
}

impl Dialogue {
    pub(super) fn command(&mut self, command: Command) -> (Vec<Line>, Effect) {
        let lines = match command {
            Command::Back => match self.interview.back() {
                true => Vec::new(),
                false => self.said(Style::Faint, "this is the first question", "这是第一题"),
            },
            Command::Next => match self.interview.next(true) {
                true => Vec::new(),
                false => self.said(Style::Faint, "this is the last page", "这是最后一页"),
            },
            Command::Open => self.open(),
            Command::Go(id) => self.go(&id),
            Command::Clear => match self.interview.answer("") {
                Ok(()) => Vec::new(),
                Err(_) => self.said(Style::Wrong, "there is no answer on this page", "此页没有答案"),
            },
            Command::Why(reason) if reason.is_empty() => {
                self.said(Style::Wrong, "say why: `:why a former school`", "请写理由：`:理由 原为校舍`")
            }
            Command::Why(reason) => {
                self.interview.confirm(&reason);
                if self.interview.next(false) { self.said(Style::Good, "noted", "已记下") } else { Vec::new() }
            }
            Command::Remove(number) => self.remove(&number),
            Command::Rename(more) => self.rename(&more),
            Command::Language(code) => self.speak(&code),
            Command::Save(file) => return (Vec::new(), Effect::Save(file)),
            Command::Finish => return (Vec::new(), Effect::Finish),
            Command::Quit => return (Vec::new(), Effect::Quit),
            Command::Help => help(self.speech),
        };
        (lines, Effect::Go)
    }

    fn open(&mut self) -> Vec<Line> {
        let here = self.interview.id();
        self.interview.goto("review");
        let screen = self.interview.screen();
        self.interview.goto(&here);
        if screen.problems.is_empty() {
            return self.said(Style::Good, "nothing is open", "没有未完成的内容");
        }
        let mut lines = Vec::new();
        for (line, problem) in draw::problems(&screen.problems, self.speech).into_iter().zip(&screen.problems) {
            let to = if problem.id.is_empty() { String::new() } else { format!("   :go {}", problem.id) };
            lines.push(Line::new(line.style, format!("{}{to}", line.text)));
        }
        lines
    }

    fn go(&mut self, id: &str) -> Vec<Line> {
        // A bare name is enough for a question that is not inside a repeat.
        if self.interview.goto(id) {
            return Vec::new();
        }
        let text = say!(
            self.speech,
            "there is no page `{id}` now: it does not exist or is not asked",
            "现在没有页面 `{id}`：不存在，或此时不询问"
        );
        vec![Line::new(Style::Wrong, text)]
    }

    fn remove(&mut self, number: &str) -> Vec<Line> {
        match number.parse().ok().map(|n| self.interview.remove_person(n)) {
            Some(Ok(())) => Vec::new(),
            _ => self.said(Style::Wrong, "say whom by number: `:remove 2`", "请用序号指明：`:删除 2`"),
        }
    }

    fn rename(&mut self, more: &str) -> Vec<Line> {
        let done = more
            .split_once(char::is_whitespace)
            .and_then(|(n, name)| Some(self.interview.name_person(n.parse().ok()?, name.trim())));
        match done {
            Some(Ok(())) => Vec::new(),
            _ => self.said(Style::Wrong, "say whom and how: `:rename 2 Li Fang`", "请写明：`:改名 2 李芳`"),
        }
    }

    fn speak(&mut self, code: &str) -> Vec<Line> {
        match self.form.languages().iter().position(|l| l.code == code || l.name == code) {
            Some(language) => {
                self.language = language;
                self.interview.set_language(language);
                self.speech = Speech::of(&self.form.languages()[language].code);
                Vec::new()
            }
            None => {
                let known = self.speech.list(self.form.languages().iter().map(|l| &l.code));
                let text = say!(self.speech, "the form has {known}", "本表有 {known}");
                vec![Line::new(Style::Wrong, text)]
            }
        }
    }
}

fn help(speech: Speech) -> Vec<Line> {
    let mut lines = vec![Line::new(
        Style::Plain,
        speech.pick(
            "Type an answer. Enter alone goes on. Commands begin with a colon:",
            "输入答案；只按回车则继续。命令以冒号开头：",
        ),
    )];
    lines.extend(HELP.iter().map(|(names, english, chinese)| {
        Line::new(Style::Faint, format!("  {}  {}", draw::padded(names, 26), speech.pick(english, chinese)))
    }));
    lines
}
