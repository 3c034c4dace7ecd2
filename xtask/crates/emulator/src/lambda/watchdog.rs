//! Ends the functions' processes when the emulator is killed and cannot do so itself.
//!
//! A shell reads from a pipe which process groups live. The system closes the pipe when the emulator
//! is gone, however it went, and the shell then kills the groups that are left.

use std::io::Write;
use std::os::unix::process::CommandExt;
use std::process::{Child, ChildStdin, Command, Stdio};

const SCRIPT: &str = r#"
groups=" "
while read -r change group; do
  case $change in
    began) groups="$groups$group " ;;
    ended) groups="${groups%% $group *} ${groups#* $group }" ;;
  esac
done
for group in $groups; do kill -KILL "-$group"; done
"#;

/// The shell that watches; when this is dropped, what it watches is killed.
pub(super) struct Watchdog {
    shell: Child,
    pipe: Option<ChildStdin>,
}

impl Watchdog {
    /// Nothing where there is no shell: then only an orderly end ends the processes.
    pub(super) fn start() -> Option<Self> {
        let mut command = Command::new("/bin/sh");
        command
            .args(["-c", SCRIPT])
            .env_clear()
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            // Ctrl-C goes to the emulator, which comes first.
            .process_group(0);
        let mut shell = command.spawn().ok()?;
        let pipe = shell.stdin.take();
        Some(Self { shell, pipe })
    }

    /// Kills this group if the emulator goes before it.
    pub(super) fn began(&mut self, group: u32) {
        self.tell("began", group);
    }

    /// The number of this group may belong to others from now on.
    pub(super) fn ended(&mut self, group: u32) {
        self.tell("ended", group);
    }

    fn tell(&mut self, change: &str, group: u32) {
        if let Some(pipe) = &mut self.pipe {
            // A shell that is gone watches nothing any more, which harms nobody else.
            let _ = pipe.write_all(format!("{change} {group}\n").as_bytes());
        }
    }
}

impl Drop for Watchdog {
    fn drop(&mut self) {
        self.pipe = None;
        // An error means that there is no such process any more.
        let _ = self.shell.wait();
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::process::ExitStatusExt;

    use super::*;

    #[test]
    fn what_lives_when_the_pipe_closes_is_killed_and_what_ended_before_is_not_touched() {
        let sleep = || {
            let mut command = Command::new("sleep");
            let child = command.arg("60").process_group(0).spawn();
            child.expect("sleep can be started")
        };
        let mut sleepers = [sleep(), sleep(), sleep()];
        let mut watchdog = Watchdog::start().expect("there is a shell");
        for sleeper in &sleepers {
            watchdog.began(sleeper.id());
        }
        watchdog.ended(sleepers[1].id());
        drop(watchdog);
        for left in [0, 2] {
            let status = sleepers[left].wait().expect("it was started here");
            assert_eq!(status.signal(), Some(9));
        }
        let untouched = sleepers[1].try_wait().expect("it was started here");
        assert_eq!(untouched, None);
        sleepers[1].kill().expect("it lives");
        sleepers[1].wait().expect("it was started here");
    }
}
