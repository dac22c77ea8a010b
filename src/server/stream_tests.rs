//! Who does not read, and whose session is over.

use super::*;
use crate::ops::testing::World;

async fn feeder(world: &World, caller: Caller) -> (Feeder, mpsc::Receiver<Event>, watch::Sender<bool>) {
    let (streams, closing) = Streams::new();
    let (events, reader) = mpsc::channel(2);
    let place = streams.take_place(caller.actor.name()).unwrap();
    let feeder = Feeder {
        engine: Arc::clone(&world.engine),
        caller,
        next: 0,
        events,
        closing: streams.closing.clone(),
        slow: Duration::from_millis(50),
        check: Duration::ZERO,
        _place: place,
    };
    (feeder, reader, closing)
}

#[tokio::test]
async fn who_does_not_read_is_cut_off_and_nothing_is_kept_for_them() {
    let world = World::new().await;
    assert!(world.engine.log_size().await.unwrap() > 4);
    let (feeder, reader, _closing) = feeder(&world, world.admin.clone()).await;
    assert_eq!(feeder.feed().await, Ended::Slow);
    assert!(reader.len() <= 2);
}

#[tokio::test]
async fn a_stream_ends_with_the_session_of_whoever_reads_it() {
    let world = World::new().await;
    let code = world.engine.enrol_user(&world.admin, &"carol".parse().unwrap()).await.unwrap().code;
    let tokens = world.engine.login(&crate::api::Login { code }, None).await.unwrap();
    let caller = world.engine.authenticate(&tokens.token, None).await.unwrap();
    let (feeder, mut reader, _closing) = feeder(&world, caller).await;
    let reading = tokio::spawn(async move { while reader.recv().await.is_some() {} });
    let feeding = tokio::spawn(feeder.feed());
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert!(!feeding.is_finished());
    world.engine.disable_user(&world.admin, &"carol".parse().unwrap()).await.unwrap();
    assert_eq!(feeding.await.unwrap(), Ended::Over);
    reading.await.unwrap();
}

#[tokio::test]
async fn a_stream_ends_with_the_server() {
    let world = World::new().await;
    let (feeder, mut reader, closing) = feeder(&world, world.admin.clone()).await;
    let feeding = tokio::spawn(feeder.feed());
    assert!(reader.recv().await.is_some());
    closing.send_replace(true);
    assert_eq!(feeding.await.unwrap(), Ended::Over);
}

#[test]
fn one_person_has_so_many_streams_and_each_that_ends_makes_room() {
    let (streams, _closing) = Streams::new();
    let carol: Name = "carol".parse().unwrap();
    let places: Vec<_> = (0..MOST_OF_ONE).map(|_| streams.take_place(&carol).unwrap()).collect();
    let refused = streams.take_place(&carol).map(drop).unwrap_err();
    assert!(refused.code == Code::Unavailable && refused.retryable, "{refused}");
    assert!(streams.take_place(&"bob".parse().unwrap()).is_ok());
    drop(places);
    assert!(streams.take_place(&carol).is_ok());
    let _full: Vec<_> =
        (0..MOST).map(|n| streams.take_place(&format!("u{n}").parse().unwrap()).unwrap()).collect();
    assert!(streams.take_place(&carol).is_err());
}

#[test]
fn what_is_no_number_of_an_event_is_not_the_beginning_of_the_log() {
    let with = |text: &str| {
        let mut headers = HeaderMap::new();
        headers.insert("last-event-id", text.parse().unwrap());
        last_event_id(&headers)
    };
    assert_eq!(with("17").unwrap(), Some(17));
    assert_eq!(last_event_id(&HeaderMap::new()).unwrap(), None);
    for odd in ["", "x", "-1", "1.0", "99999999999999999999999"] {
        assert_eq!(with(odd).unwrap_err().code, Code::Usage, "{odd}");
    }
}
