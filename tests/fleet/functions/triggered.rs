//! Triggers of functions, which are made beside them.

use super::{admit_with, deploy};
use crate::support::stages::{REGION, Stages, function};
use crate::triggers::events::event;
use crate::triggers::topic;
use longshore_cloud::{FunctionField, Functions as _};
use longshore_messages::Signature;

#[tokio::test]
async fn a_trigger_is_made_beside_the_function_and_removed_without_another_operation() {
    let stages = Stages::start();
    let name = function("My_Function", REGION).function();
    let orders = || vec![topic("orders", "")];
    let a = admit_with(&stages, "a", 1, |function| function.triggers = orders()).await;
    let said = deploy(&stages, &a).await;
    assert_eq!(said.last().map(String::as_str), Some("My_Function ended deployed"), "{said:?}");
    let made = stages.triggers.only().shape;
    let service = function("My_Function", REGION).service();
    assert_eq!(made.endpoint, stages.services.live(&service).unwrap().url);
    let before = stages.functions.get(&name).await.unwrap().unwrap();

    let b = admit_with(&stages, "b", 1, |_| {}).await;
    let said = deploy(&stages, &b).await;
    assert_eq!(said.last().map(String::as_str), Some("My_Function ended deployed"), "{said:?}");
    assert!(stages.triggers.all().is_empty());
    let after = stages.functions.get(&name).await.unwrap().unwrap();
    assert_eq!(after.shape, before.shape, "the function is not written again");
}

#[tokio::test]
async fn the_first_event_trigger_is_the_functions_own_and_the_others_are_made_beside_it() {
    let stages = Stages::start();
    let name = function("My_Function", REGION).function();
    let both = || vec![event("finalized", "own"), event("finalized", "beside")];
    let a = admit_with(&stages, "a", 1, |function| {
        function.signature = Signature::CloudEvent;
        function.triggers = both();
    })
    .await;
    let said = deploy(&stages, &a).await;
    assert_eq!(said.last().map(String::as_str), Some("My_Function ended deployed"), "{said:?}");
    let live = stages.functions.get(&name).await.unwrap().unwrap();
    assert_eq!(live.shape.event.unwrap().filters[0].value, "own");
    assert_eq!(stages.events.all(), ["finalized beside"]);

    // The order decides. What was beside the function becomes its own, and the other way round.
    let b = admit_with(&stages, "b", 1, |function| {
        function.signature = Signature::CloudEvent;
        function.triggers = both().into_iter().rev().collect();
    })
    .await;
    let said = deploy(&stages, &b).await;
    assert_eq!(said.last().map(String::as_str), Some("My_Function ended deployed"), "{said:?}");
    let live = stages.functions.get(&name).await.unwrap().unwrap();
    assert_eq!(live.shape.event.unwrap().filters[0].value, "beside");
    assert_eq!(stages.events.all(), ["finalized own"]);
    let (_, call, fields) = stages.functions.writes().pop().unwrap();
    assert_eq!((call, fields.contains(&FunctionField::EventTrigger)), ("update function", true));
}
