//! The one door to other programs.
//!
//! Four ways to run one, by who reads its output: `output` (we do), `logged` (nobody, unless it
//! fails; a line every 20 s shows that it lives), `streamed` (a person and we both) and `inherited`
//! (a person, who may also type). The npm tools and our own are found before the machine's.

use std::env;
use std::ffi::OsStr;
use std::fmt;
use std::fs::{self, File};
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

use crate::project::Project;

/// Why a command could not do its work, in words for the person who called it.
#[derive(Debug)]
pub(crate) struct Failure(String);

impl Failure {
    /// Returns a failure that says `message`.
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self(message.into())
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// A program about to be started in the repository's root.
pub(crate) struct Tool {
    command: Command,
    /// As a person would type it, for messages.
    shown: String,
}

/// What a streamed program printed, both streams together, and whether it succeeded.
pub(crate) struct Streamed {
    pub(crate) text: String,
    pub(crate) success: bool,
}

impl Tool {
    /// Returns `program`, looked up in node_modules/.bin, our tools and PATH, in that order.
    pub(crate) fn new(project: &Project, program: &str) -> Self {
        let mut command = Command::new(find(project, program).unwrap_or_else(|| program.into()));
        command.current_dir(project.root()).env("PATH", search_path(project));
        Self { command, shown: program.to_string() }
    }

    /// Adds one argument.
    pub(crate) fn arg(mut self, argument: impl AsRef<OsStr>) -> Self {
        self.shown.push(' ');
        self.shown.push_str(&argument.as_ref().to_string_lossy());
        self.command.arg(argument);
        self
    }

    /// Adds arguments.
    pub(crate) fn args<I: IntoIterator<Item: AsRef<OsStr>>>(self, arguments: I) -> Self {
        arguments.into_iter().fold(self, Self::arg)
    }

    /// Sets an environment variable of the program.
    pub(crate) fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    /// Removes an environment variable of the program.
    pub(crate) fn without_env(mut self, name: &str) -> Self {
        self.command.env_remove(name);
        self
    }

    /// Starts it in `folder` instead of the root.
    pub(crate) fn folder(mut self, folder: &Path) -> Self {
        self.command.current_dir(folder);
        self
    }

    /// Returns what it printed to stdout, trimmed; an error if it fails or cannot be started.
    pub(crate) fn output(mut self) -> Result<String, Failure> {
        let output = self
            .command
            .stdin(Stdio::null())
            .output()
            .map_err(|error| cannot_start(&self.shown, &error))?;
        if output.status.success() {
            return Ok(String::from_utf8_lossy(&output.stdout).trim().to_string());
        }
        let complaint = String::from_utf8_lossy(&output.stderr);
        Err(Failure::new(format!("`{}` failed: {}", self.shown, complaint.trim())))
    }

    /// Runs it with its output in `target/xtask/logs/NAME.log`, for at most `limit`.
    ///
    /// # Errors
    /// When it fails, is not there or takes too long; the message ends with the log's last lines.
    pub(crate) fn logged(
        mut self,
        project: &Project,
        name: &str,
        limit: Duration,
    ) -> Result<(), Failure> {
        let path = project.own("logs").join(format!("{name}.log"));
        let (log, same_log) = open_log(&path)?;
        let mut child = self
            .command
            .stdin(Stdio::null())
            .stdout(log)
            .stderr(same_log)
            .spawn()
            .map_err(|error| cannot_start(&self.shown, &error))?;
        match wait(&mut child, limit, &path) {
            Some(status) if status.success() => Ok(()),
            ended => {
                let how = if ended.is_some() { "failed" } else { "took too long" };
                let log = fs::read_to_string(&path).unwrap_or_default();
                let tail = last_lines(&log, 15);
                Err(Failure::new(format!("`{}` {how}; {}:\n{tail}", self.shown, path.display())))
            }
        }
    }

    /// Runs it for at most `limit`, printing each line as it comes, and returns the lines too.
    ///
    /// A program that takes longer is killed. Programs it started may live on and hold our pipes
    /// open, so the readers are left behind rather than joined.
    pub(crate) fn streamed(mut self, limit: Duration) -> Streamed {
        let spawned =
            self.command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
        let mut child = match spawned {
            Ok(child) => child,
            Err(error) => {
                let text = cannot_start(&self.shown, &error).to_string();
                println!("{text}");
                return Streamed { text, success: false };
            }
        };
        let (sender, lines) = channel();
        forward(child.stdout.take(), sender.clone());
        forward(child.stderr.take(), sender);
        let mut text = String::new();
        if let Err(problem) = collect(&lines, Instant::now() + limit, &mut text) {
            let _ = child.kill();
            println!("`{}` {problem}", self.shown);
        }
        let success = child.wait().is_ok_and(|status| status.success());
        Streamed { text, success }
    }

    /// Runs it with our own terminal until it ends and returns its exit code, 1 if it has none.
    pub(crate) fn code(mut self) -> Result<u8, Failure> {
        let status = self.command.status().map_err(|error| cannot_start(&self.shown, &error))?;
        Ok(status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(1))
    }

    /// Runs it with our own terminal until it ends.
    pub(crate) fn inherited(mut self) -> Result<(), Failure> {
        let status = self.command.status().map_err(|error| cannot_start(&self.shown, &error))?;
        if status.success() {
            Ok(())
        } else {
            Err(Failure::new(format!("`{}` failed", self.shown)))
        }
    }
}

/// Returns where `program` lies, or `None` when it is nowhere.
pub(crate) fn find(project: &Project, program: &str) -> Option<PathBuf> {
    env::split_paths(&search_path(project)).map(|folder| folder.join(program)).find(|p| p.is_file())
}

/// Returns whether this process may change the machine.
pub(crate) fn is_root(project: &Project) -> bool {
    Tool::new(project, "id").arg("-u").output().is_ok_and(|id| id == "0")
}

/// Returns the folders in which programs are looked up, as a PATH.
fn search_path(project: &Project) -> std::ffi::OsString {
    let own = [project.path("node_modules/.bin"), project.own("tools/bin")];
    let machine = env::var_os("PATH").unwrap_or_default();
    env::join_paths(own.into_iter().chain(env::split_paths(&machine)))
        .expect("our two folders hold no colon, and PATH was one already")
}

fn cannot_start(shown: &str, error: &std::io::Error) -> Failure {
    Failure::new(format!("cannot start `{shown}`: {error}"))
}

/// Returns a new log file, twice: once for each stream.
fn open_log(path: &Path) -> Result<(File, File), Failure> {
    let open = || {
        fs::create_dir_all(path.parent().expect("a log lies in logs/"))?;
        let log = File::create(path)?;
        Ok((log.try_clone()?, log))
    };
    open().map_err(|error: std::io::Error| {
        Failure::new(format!("cannot write {}: {error}", path.display()))
    })
}

/// Waits for `child` and shows the log's last line now and then; kills it after `limit`.
fn wait(child: &mut Child, limit: Duration, log: &Path) -> Option<ExitStatus> {
    let started = Instant::now();
    let mut next_sign = SIGN_OF_LIFE;
    loop {
        if let Ok(Some(status)) = child.try_wait() {
            return Some(status);
        }
        if started.elapsed() >= limit {
            let _ = child.kill();
            let _ = child.wait();
            return None;
        }
        if started.elapsed() >= next_sign {
            let text = fs::read_to_string(log).unwrap_or_default();
            println!("    {:>4} s  {}", next_sign.as_secs(), last_lines(&text, 1).trim());
            next_sign += SIGN_OF_LIFE;
        }
        thread::sleep(POLL);
    }
}

/// Sends the lines of a stream until it ends. Invalid UTF-8 is replaced, never an error.
fn forward(stream: Option<impl Read + Send + 'static>, sender: Sender<String>) {
    let stream = stream.expect("both streams are piped");
    thread::spawn(move || {
        let mut reader = BufReader::new(stream);
        let mut line = Vec::new();
        while reader.read_until(b'\n', &mut line).is_ok_and(|length| length > 0) {
            let text = String::from_utf8_lossy(&line).trim_end().to_string();
            if sender.send(text).is_err() {
                return;
            }
            line.clear();
        }
    });
}

/// Prints and keeps lines until both streams have ended, or fails at `end`.
fn collect(lines: &Receiver<String>, end: Instant, text: &mut String) -> Result<(), String> {
    loop {
        match lines.recv_timeout(end.saturating_duration_since(Instant::now())) {
            Ok(line) => {
                println!("{line}");
                text.push_str(&line);
                text.push('\n');
            }
            Err(RecvTimeoutError::Disconnected) => return Ok(()),
            Err(RecvTimeoutError::Timeout) => return Err("took too long and was ended".into()),
        }
    }
}

/// Returns the last `count` lines that are not blank.
fn last_lines(text: &str, count: usize) -> String {
    let lines: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).collect();
    lines[lines.len().saturating_sub(count)..].join("\n")
}

const SIGN_OF_LIFE: Duration = Duration::from_secs(20);
const POLL: Duration = Duration::from_millis(20);

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Tool, last_lines};
    use crate::project::Project;

    #[test]
    fn last_lines_leave_out_blank_ones() {
        assert_eq!(last_lines("one\n\ntwo\nthree\n\n", 2), "two\nthree");
        assert_eq!(last_lines("", 2), "");
    }

    #[test]
    fn streamed_output_holds_both_streams_and_the_outcome() {
        let project = Project::locate();
        let script = "echo out; echo err >&2; exit 3";
        let limit = Duration::from_secs(10);
        let streamed = Tool::new(&project, "sh").args(["-c", script]).streamed(limit);
        assert!(!streamed.success);
        assert!(streamed.text.contains("out\n") && streamed.text.contains("err\n"));
    }

    #[test]
    fn streamed_program_that_takes_too_long_is_ended_and_fails() {
        let limit = Duration::from_millis(50);
        let streamed = Tool::new(&Project::locate(), "sleep").arg("600").streamed(limit);
        assert!(!streamed.success);
    }
}
