//! Conversations as data: every file in `cases` is a script, its snapshot is all that the customer's
//! socket showed and all that the operations answered.
//!
//! Time is virtual and there is no network. What needs a real client is tested from outside.

mod desk;

use std::path::Path;

use desk::Desk;

#[tokio::test]
async fn every_conversation_goes_as_its_snapshot_says() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/chat/tests/cases");
    let mut files: Vec<_> = std::fs::read_dir(&folder)
        .expect("the folder of cases is there")
        .map(|entry| entry.expect("its entries can be read").path())
        .collect();
    files.sort();
    let mut settings = insta::Settings::clone_current();
    settings.set_omit_expression(true);
    settings.set_prepend_module_to_snapshot(false);
    for file in files {
        let script = std::fs::read_to_string(&file).expect("scripts are UTF-8");
        let name = file.file_stem().expect("scripts have names");
        let name = name.to_string_lossy().into_owned();
        let answer = Desk::new().await.play(&script).await;
        settings.bind(|| insta::assert_snapshot!(name, answer));
    }
}
