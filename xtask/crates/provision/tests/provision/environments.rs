//! The caller and the environment have to agree before anything is read.

use provision::guard::{GuardError, check_caller};

use crate::centre::Centre;

#[tokio::test]
async fn the_right_account_may_go_on() {
    let centre = Centre::empty().await;
    let caller = check_caller(&centre.clients, &centre.environment).await;
    assert_eq!(
        caller.expect("the emulator's account").account,
        crate::centre::ACCOUNT
    );
}

#[tokio::test]
async fn another_account_is_refused_before_anything_is_read() {
    let mut centre = Centre::empty().await;
    centre.environment.account = "999988887777".to_owned();
    let before = centre.now();
    let error = check_caller(&centre.clients, &centre.environment).await;
    let error = error.expect_err("another account");
    assert!(matches!(error, GuardError::Account { .. }));
    let text = error.to_string();
    assert!(
        text.contains("999988887777") && text.contains(crate::centre::ACCOUNT),
        "{text}"
    );
    assert_eq!(centre.operations_since(before), ["GetCallerIdentity"]);
}
