//! Each crate compiles once: for the xtask, for the Lambdas it builds, and for the tests.
//!
//! Cargo unites the features of the packages it is given, so the same crate is compiled again for
//! another selection of packages if that asks for other features. These tests compare what the
//! selections in use ask for.

use std::collections::BTreeMap;
use std::process::Command;

const XTASK: &[&str] = &["--package", "xtask", "--edges", "normal,build"];
const LAMBDAS: &[&str] = &[
    "--package",
    "xtask",
    "--package",
    "bot-join",
    "--package",
    "bot-reply",
    "--package",
    "bot-leave",
    "--edges",
    "normal,build",
];
const TESTS: &[&str] = &["--workspace", "--edges", "normal,build,dev"];

#[test]
fn building_the_lambdas_after_the_xtask_compiles_no_dependency_again() {
    assert_agree(&features(XTASK), &features(LAMBDAS));
}

#[test]
fn building_the_tests_after_the_xtask_compiles_no_dependency_again() {
    assert_agree(&features(XTASK), &features(TESTS));
}

/// Every crate of the first selection has the same features in the second; the second may have
/// more crates.
fn assert_agree(first: &BTreeMap<String, Vec<String>>, second: &BTreeMap<String, Vec<String>>) {
    assert!(
        first
            .keys()
            .any(|package| package.starts_with("aws-sdk-connect "))
    );
    let differing: Vec<_> = first
        .iter()
        .filter(|(package, features)| second.get(*package) != Some(features))
        .map(|(package, features)| (package, features, second.get(package)))
        .collect();
    assert!(differing.is_empty(), "{differing:#?}");
}

/// The packages of a selection, each with the feature sets it is built with: those of the host may
/// differ from those of the target.
fn features(selection: &[&str]) -> BTreeMap<String, Vec<String>> {
    let output = Command::new(env!("CARGO"))
        .args([
            "tree",
            "--offline",
            "--locked",
            "--prefix",
            "none",
            "--format",
            "{p}|{f}",
        ])
        .args(selection)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .expect("cargo can be run");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let text = String::from_utf8(output.stdout).expect("cargo writes UTF-8");
    let mut features: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for line in text.lines() {
        let line = line.trim_end_matches(" (*)");
        if let Some((package, set)) = line.split_once('|') {
            features
                .entry(package.to_owned())
                .or_default()
                .push(set.to_owned());
        }
    }
    for sets in features.values_mut() {
        sets.sort();
        sets.dedup();
    }
    features
}
