//! Calls of a receiver on loopback, and of what must not be called.

use super::*;
use maitred_core::EndpointId;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

fn sender(allowed: &str) -> Sender {
    Sender::new(allowed.parse().unwrap())
}

fn message() -> Message {
    Message::test(EndpointId(1), Timestamp(1), "1970-01-01T00:00:00Z")
}

/// A receiver that answers one call with these bytes, and gives what it was sent.
async fn receiver(answer: &'static [u8]) -> (String, tokio::task::JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/hook", listener.local_addr().unwrap());
    let served = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut sent = Vec::new();
        while !String::from_utf8_lossy(&sent).contains("}}") {
            let mut buffer = [0; 4_096];
            let read = stream.read(&mut buffer).await.unwrap();
            sent.extend_from_slice(&buffer[..read]);
        }
        stream.write_all(answer).await.unwrap();
        String::from_utf8(sent).unwrap()
    });
    (url, served)
}

async fn send(url: &str, allowed: &str) -> Attempt {
    sender(allowed).send(url, &message(), &[Secret::new([1; 32])], Timestamp(5_000_000)).await
}

#[tokio::test]
async fn an_answer_that_does_not_end_is_taken_by_its_status() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/hook", listener.local_addr().unwrap());
    let served = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut sent = [0; 4_096];
        assert!(stream.read(&mut sent).await.unwrap() > 0, "an answer comes behind a call");
        let head = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\r\nwait\r\n";
        stream.write_all(head).await.unwrap();
        // Until the caller hangs up.
        while stream.read(&mut sent).await.is_ok_and(|read| read > 0) {}
    });
    let patient = Sender { patience: Duration::from_secs(2), ..sender("127.0.0.0/8") };
    let attempt = patient.send(&url, &message(), &[Secret::new([1; 32])], Timestamp(5_000_000)).await;
    assert_eq!((attempt.status, attempt.error, attempt.answer.as_deref()), (Some(200), None, Some("wait")));
    drop(patient);
    served.await.unwrap();
}

#[tokio::test]
async fn a_call_has_the_headers_of_the_specification_and_2xx_is_success() {
    let (url, served) = receiver(b"HTTP/1.1 204 No Content\r\n\r\n").await;
    let attempt = send(&url, "127.0.0.1").await;
    assert!(attempt.is_delivered(), "{attempt:?}");
    let sent = served.await.unwrap();
    assert!(sent.starts_with("POST /hook HTTP/1.1\r\n"), "{sent}");
    for header in ["webhook-id: test_1_1\r\n", "webhook-timestamp: 5\r\n", "webhook-signature: v1,"] {
        assert!(sent.contains(header), "{sent}");
    }
    assert!(sent.ends_with(&*message().body));
}

#[tokio::test]
async fn a_redirect_is_a_failure_that_says_what_it_answered() {
    let (url, served) = receiver(b"HTTP/1.1 302 Found\r\nlocation: /x\r\ncontent-length: 3\r\n\r\nno!").await;
    let attempt = send(&url, "127.0.0.1").await;
    served.await.unwrap();
    assert_eq!((attempt.status, attempt.answer.as_deref()), (Some(302), Some("no!")));
    assert!(attempt.error.unwrap().contains("redirects are not followed"));
}

#[tokio::test]
async fn the_own_network_is_not_called_by_address_nor_by_name() {
    for url in ["http://127.0.0.1:1/", "http://localhost:1/", "http://[::1]:1/", "http://169.254.169.254/"] {
        let attempt = send(url, "10.0.0.0/8").await;
        let error = attempt.error.unwrap();
        assert!(attempt.status.is_none() && error.contains("cannot be called"), "{url}: {error}");
    }
}

#[test]
fn one_bad_address_among_good_ones_is_enough() {
    let policy = AddressPolicy::default();
    let of = |texts: &[&str]| texts.iter().map(|text| SocketAddr::new(text.parse().unwrap(), 0)).collect();
    assert!(vetted(&policy, of(&["8.8.8.8", "2606:4700::1111"])).is_ok());
    assert!(vetted(&policy, of(&["8.8.8.8", "10.0.0.1"])).unwrap_err().is::<Refused>());
    assert!(vetted(&policy, of(&["8.8.8.8", "::ffff:127.0.0.1"])).unwrap_err().is::<Refused>());
    assert!(vetted(&policy, of(&[])).is_err());
}

/// What resolves to this machine without being called localhost is seen when it is looked up.
#[tokio::test]
async fn a_name_that_stands_for_a_private_address_is_refused_when_it_is_looked_up() {
    let mut names = VettedNames(Arc::new(AddressPolicy::default()));
    let refused = names.call("localhost".parse().unwrap()).await.unwrap_err();
    assert!(refused.is::<Refused>(), "{refused}");
    assert!(in_words(&*refused as &(dyn Error + 'static)).contains("cannot be called"));
}

#[tokio::test]
async fn nobody_there_is_said_in_words() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    drop(listener);
    let attempt = send(&url, "127.0.0.1").await;
    assert!(attempt.error.unwrap().starts_with("no connection: "));
}
