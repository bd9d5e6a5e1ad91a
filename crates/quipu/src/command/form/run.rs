//! `quipu form run`: an interview in the terminal, or from a pipe.

use std::io::{BufRead, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use forms::workbench::Speech;
use forms::workbench::dialogue::{Dialogue, Effect, Line, Style};
use forms::{Form, Inputs};

use super::load::load;
use crate::cli::Run;
use crate::error::{Error, Result};

pub fn run(command: &Run) -> Result<ExitCode> {
    let (form, _) = load(&command.workbook)?.sound(&command.workbook)?;
    let form = Arc::new(form);
    let language = language(&form, command.language.as_deref())?;
    let inputs = Inputs {
        reference: command.reference_date,
        today: command.today,
        prefill: command.given.clone(),
        ..Inputs::default()
    };
    let draft = command.draft.as_deref().filter(|d| d.exists());
    let mut dialogue = match draft {
        Some(file) => {
            let bytes = std::fs::read(file).map_err(Error::file(file))?;
            Dialogue::resume(form.clone(), &bytes, &inputs, language)?
        }
        None => Dialogue::new(form.clone(), &inputs, language),
    };
    let mut terminal = Terminal::new();
    let hint = dialogue.speech().pick("Enter goes on, `:help` lists the commands", "按回车继续，`:help` 列出命令");
    terminal
        .say(&[Line { style: Style::Faint, text: format!("{} {} · {hint}", form.title(language), form.version()) }]);
    let finished = talk(&mut dialogue, &mut terminal, command.draft.as_deref())?;
    if finished {
        terminal.say(&dialogue.record()?);
        return Ok(ExitCode::SUCCESS);
    }
    let text = dialogue.speech().pick("left without finishing; nothing is recorded", "未完成即退出；没有记录");
    terminal.say(&[Line { style: Style::Warning, text: text.into() }]);
    Ok(ExitCode::FAILURE)
}

/// The language asked for, by code or name. One the form does not have is refused with those it has.
fn language(form: &Form, code: Option<&str>) -> Result<usize> {
    let Some(code) = code else { return Ok(0) };
    let same = |l: &forms::definition::Language| l.code.eq_ignore_ascii_case(code) || l.name == code;
    form.languages().iter().position(same).ok_or_else(|| {
        let known: Vec<&str> = form.languages().iter().map(|l| l.code.as_str()).collect();
        Error::Refused(format!("the form is not in `{code}`; it is in {}", known.join(", ")))
    })
}

/// Screen, line, screen, until the interview is over. Gives whether it was finished; an end of the input leaves it.
fn talk(dialogue: &mut Dialogue, terminal: &mut Terminal, draft: Option<&Path>) -> Result<bool> {
    loop {
        terminal.say(&dialogue.screen());
        let Some(line) = terminal.read()? else { return Ok(false) };
        let (said, effect) = dialogue.enter(&line);
        terminal.say(&said);
        match effect {
            Effect::Go => {}
            Effect::Finish => return Ok(true),
            Effect::Quit => return Ok(false),
            Effect::Save(file) => {
                let line = save(dialogue, file.map(PathBuf::from).as_deref().or(draft))?;
                terminal.say(&[line]);
            }
        }
    }
}

fn save(dialogue: &Dialogue, to: Option<&Path>) -> Result<Line> {
    let speech = dialogue.speech();
    let Some(to) = to else {
        let text = speech.pick("say where: `:save home.draft`", "请写明文件：`:保存 home.draft`");
        return Ok(Line { style: Style::Wrong, text: text.into() });
    };
    write_private(to, &dialogue.draft()).map_err(Error::file(to))?;
    let to = to.display();
    let text = match speech {
        Speech::English => format!("saved in {to}; it holds names in the clear, so delete it when it is done with"),
        Speech::Chinese => format!("已保存到 {to}；其中有未加密的姓名，用完请删除"),
    };
    Ok(Line { style: Style::Good, text })
}

/// Writes a file that only its owner may read, where the system knows such a thing.
fn write_private(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)?.write_all(bytes)
}

/// Where lines come from and go to.
struct Terminal {
    /// Whether somebody types: then there is a prompt, and what was typed is on the screen already.
    typed: bool,
    colour: bool,
}

impl Terminal {
    fn new() -> Terminal {
        let out = std::io::stdout().is_terminal();
        Terminal { typed: std::io::stdin().is_terminal(), colour: out && std::env::var_os("NO_COLOR").is_none() }
    }

    fn say(&mut self, lines: &[Line]) {
        for line in lines {
            let code = match line.style {
                Style::Title => "1",
                Style::Plain => "",
                Style::Faint => "2",
                Style::Wrong => "31",
                Style::Warning => "33",
                Style::Good => "32",
            };
            if self.colour && !code.is_empty() {
                println!("\u{1b}[{code}m{}\u{1b}[0m", line.text);
            } else {
                println!("{}", line.text);
            }
        }
    }

    /// The next line; `None` at the end of the input.
    fn read(&mut self) -> Result<Option<String>> {
        print!("> ");
        let stdin = || Error::file("<stdin>");
        std::io::stdout().flush().map_err(stdin())?;
        let mut line = String::new();
        let read = std::io::stdin().lock().read_line(&mut line).map_err(stdin())?;
        let line = line.trim_end_matches(['\n', '\r']).to_owned();
        if !self.typed {
            // A transcript reads like a session.
            println!("{line}");
        }
        println!();
        Ok((read > 0).then_some(line))
    }
}
