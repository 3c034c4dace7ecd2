//! `build`: the zips that Lambda gets.

use std::fs;

use crate::support::Project;

#[test]
fn the_same_source_gives_the_same_zip() {
    let project = Project::with_lambda("fn main() {}");
    let zip = project.path().join("target/flowyard/lambdas/greeter.zip");
    let first = project.shown("build");
    let bytes = fs::read(&zip).unwrap();
    fs::remove_dir_all(project.path().join("target/flowyard")).unwrap();
    let second = project.shown("build");
    assert_eq!(fs::read(&zip).unwrap(), bytes);
    let line = |shown: &str| {
        shown
            .lines()
            .find(|it| it.starts_with("greeter ->"))
            .map(str::to_owned)
    };
    assert!(
        line(&first).is_some_and(|line| line.contains("sha256")),
        "{first}"
    );
    assert_eq!(line(&first), line(&second));
}
