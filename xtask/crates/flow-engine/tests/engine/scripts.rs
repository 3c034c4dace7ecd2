//! Every file in `cases` is a test: documents and a script in it, the whole answer in a snapshot.

use std::path::Path;

use crate::case::Case;

#[test]
fn every_script_goes_as_its_snapshot_says() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases");
    let mut files: Vec<_> = std::fs::read_dir(&folder)
        .expect("the folder of cases is there")
        .map(|entry| entry.expect("its entries can be read").path())
        .collect();
    files.sort();
    assert!(files.len() > 20, "cases are found");
    let mut settings = insta::Settings::clone_current();
    settings.set_omit_expression(true);
    settings.set_prepend_module_to_snapshot(false);
    for file in files {
        let text = std::fs::read_to_string(&file).expect("cases are UTF-8");
        let name = file.file_stem().expect("cases have names");
        let name = name.to_string_lossy().into_owned();
        let answer = Case::parse(&text).run();
        settings.bind(|| insta::assert_snapshot!(name, answer));
    }
}
