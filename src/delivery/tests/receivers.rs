//! Mail, syslog, chats, and webhooks over TLS.

use super::*;

/// An authority, a certificate of it for `localhost`, and that one's key.
fn certificates(dir: &std::path::Path) -> [PathBuf; 3] {
    let openssl = |args: &str| {
        let key = "-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2";
        let args = format!("req -x509 {key} {args}");
        let output = std::process::Command::new("openssl").args(args.split(' ')).current_dir(dir).output();
        assert!(output.unwrap().status.success());
    };
    openssl("-keyout ca.key -out ca.pem -subj /CN=ca");
    openssl(
        "-keyout key -out cert -subj /CN=localhost -CA ca.pem -CAkey ca.key \
         -addext subjectAltName=DNS:localhost -addext basicConstraints=critical,CA:FALSE",
    );
    ["ca.pem", "cert", "key"].map(|name| dir.join(name))
}

const PEOPLE: &str = "[people]\nalice = \"alice@acme.example\"\ncarol = \"carol@contractors.example\"\n";

fn mail(port: u16, to: &str, more: &str) -> String {
    format!(
        "[channel.mail]\nkind = \"mail\"\nhost = \"localhost\"\nport = {port}\nfrom = \"jit@acme.example\"\nto = {to}\n{more}\n"
    )
}

/// One header of a mail, unfolded.
fn header(mail: &str, name: &str) -> String {
    let head = mail.split("\n\n").next().unwrap().replace("\n ", " ");
    let found: Vec<&str> = head.lines().filter_map(|line| line.strip_prefix(&format!("{name}: "))).collect();
    assert_eq!(found.len(), 1, "{name} in\n{mail}");
    found[0].to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn people_get_mail_of_what_waits_for_them_of_their_decision_and_of_their_end_and_of_nothing_else() {
    let Some(server) = Smtpd::start(None) else { return };
    let world = World::new(Log::with_people());
    let text = PEOPLE.to_owned() + &mail(server.port(), "\"people\"", "tls = \"none\"");
    let _delivery = world.start(&text).await;
    let log = &world.log;
    log.of_request(
        EventKind::RequestFiled,
        Some("carol"),
        "fix it\r\nBcc: all@acme.example\r\n\r\n\x1b[2J\u{202e}größer",
    );
    log.of_request(EventKind::VoteCast, Some("alice"), "");
    log.of_request(EventKind::RequestApproved, None, "");
    log.of_request(EventKind::CredentialIssued, Some("carol"), "");
    log.of_request(EventKind::GrantExpired, None, "");
    until("four mails came", || server.mails().len() == 4).await;
    tokio::time::sleep(Duration::from_millis(200)).await;
    let mails = server.mails();
    let mut told: Vec<(String, String)> =
        mails.iter().map(|mail| (header(mail, "X-RcptTo"), header(mail, "Subject"))).collect();
    told.sort();
    let expected = [
        ("alice@acme.example", "[jit] waits for you: deploy on web-1"),
        ("bob@acme.example", "[jit] waits for you: deploy on web-1"),
        ("carol@contractors.example", "[jit] approved: deploy on web-1"),
        ("carol@contractors.example", "[jit] ended: deploy on web-1"),
    ];
    assert_eq!(told, expected.map(|(to, subject)| (to.to_owned(), subject.to_owned())));
    for mail in &mails {
        assert_eq!(header(mail, "To"), header(mail, "X-RcptTo"), "nobody learns who else was told");
        assert_eq!(header(mail, "From"), "jit@acme.example");
        assert_eq!(header(mail, "Auto-Submitted"), "auto-generated");
        assert!(header(mail, "Message-ID").starts_with("<evt_"));
        assert!(!mail.lines().any(|line| line.starts_with("Bcc")), "{mail}");
        assert!(!mail.contains(['\x1b', '\u{202e}']), "{mail}");
    }
    assert!(log.failures().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn mail_waits_for_its_server_and_a_recipient_who_is_refused_keeps_nobody_from_theirs() {
    let Some(mut server) = Smtpd::start(None) else { return };
    let world = World::new(Log::with_people());
    let to = "[\"ops@acme.example\", \"nobody@acme.example\", \"soc@acme.example\"]";
    let text = mail(server.port(), to, "tls = \"none\"\nevents = [\"request.*\"]");
    server.down();
    let _delivery = world.start(&text).await;
    world.log.of_request(EventKind::RequestFiled, Some("carol"), "x");
    world.log.of_request(EventKind::RequestDenied, Some("alice"), "x");
    until("it is told of", || world.log.failures().len() == 1).await;
    assert!(server.mails().is_empty());
    server.up();
    until("both came to both", || server.mails().len() == 4).await;
    until("what is left out is said", || world.log.failures().len() == 2).await;
    let mut ids: Vec<String> = server.mails().iter().map(|mail| header(mail, "Message-ID")).collect();
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 4, "each once, though the one who is refused was tried again");
}

#[tokio::test(flavor = "multi_thread")]
async fn mail_goes_over_starttls_to_a_server_that_proves_itself_and_to_no_other() {
    let world = World::new(Log::with_people());
    let [ca, certificate, key] = certificates(world.dir.path());
    let Some(server) = Smtpd::start(Some((&certificate, &key))) else { return };
    let ca = format!("ca-file = \"{}\"", ca.display());
    let strangers = mail(server.port(), "[\"ops@acme.example\"]", "");
    let delivery = world.start(&strangers).await;
    world.log.of_request(EventKind::RequestFiled, Some("carol"), "x");
    until("it is told of", || world.log.failures().len() == 1).await;
    assert!(server.mails().is_empty());
    drop(delivery);
    let delivery = world.start(&mail(server.port(), "[\"ops@acme.example\"]", &ca)).await;
    until("it came, and that is kept", || server.mails().len() == 1 && world.cursor("mail") == 1).await;
    drop(delivery);
    // One that offers no TLS, or somebody between who takes the offer away.
    let plain = Smtpd::start(None).unwrap();
    let _delivery = world.start(&mail(plain.port(), "[\"ops@acme.example\"]", &ca)).await;
    world.log.of_request(EventKind::RequestDenied, Some("alice"), "x");
    until("it is told of", || world.log.failures().len() == 2).await;
    assert!(plain.mails().is_empty());
}

fn syslog(port: u16, more: &str) -> String {
    format!(
        "host = \"jit-1\"\n[channel.siem]\nkind = \"syslog\"\nhost = \"localhost\"\nport = {port}\nevents = [\"request.*\"]\n{more}\n"
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn rsyslog_gets_every_event_in_order_also_those_of_an_outage() {
    let Some(mut server) = Rsyslog::start() else { return };
    let world = World::new(Log::new());
    let _delivery = world.start(&syslog(server.port(), "tls = \"none\"")).await;
    world.log.file(0..300);
    server.wait_for(300);
    server.down();
    world.log.file(300..400);
    until("it is told of", || world.log.failures().len() == 1).await;
    server.up();
    let read = server.wait_for(400);
    let reasons: Vec<usize> = read
        .iter()
        .map(|read| read.data["data@32473"]["reason"].as_str().unwrap().parse().unwrap())
        .collect();
    assert_eq!(reasons, (0..400).collect::<Vec<_>>());
    assert!(read.iter().all(|read| read.host == "jit-1" && read.id == "request.filed"));
}

#[tokio::test(flavor = "multi_thread")]
async fn syslog_goes_over_tls_to_a_server_that_proves_itself_and_to_no_other() {
    let world = World::new(Log::new());
    let [ca, certificate, key] = certificates(world.dir.path());
    let Some(server) = Rsyslog::start_tls(&certificate, &key) else { return };
    let delivery = world.start(&syslog(server.port(), "")).await;
    world.log.file([1]);
    until("it is told of", || world.log.failures().len() == 1).await;
    drop(delivery);
    assert!(server.read().is_empty());
    let ca = format!("ca-file = \"{}\"", ca.display());
    let _delivery = world.start(&syslog(server.port(), &ca)).await;
    world.log.file([2]);
    let read = server.wait_for(2);
    assert_eq!(read[0].data["data@32473"]["reason"], "1");
    assert_eq!(read[1].message, "request.filed by jit");
}

#[tokio::test(flavor = "multi_thread")]
async fn chats_get_a_sentence_at_the_url_that_is_their_secret_which_is_never_shown() {
    let seen: Arc<Mutex<Vec<Value>>> = Arc::default();
    let app = Router::new().route(
        "/services/T0/hunter2",
        post({
            let seen = Arc::clone(&seen);
            async move |body: Bytes| seen.lock().unwrap().push(serde_json::from_slice(&body).unwrap())
        }),
    );
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let world = World::new(Log::with_people());
    let url = format!("http://127.0.0.1:{port}/services/T0/hunter2\n");
    let file = world.dir.path().join("url");
    files::write_private(&file, url.as_bytes()).unwrap();
    let channel = |name: &str| {
        format!(
            "[channel.{name}]\nkind = \"{name}\"\nsecret-file = \"{}\"\nallow-private = true\nevents = [\"request.*\"]\n",
            file.display()
        )
    };
    // Nobody is there for the one yet, and what is told of that does not name the secret.
    drop(listener);
    let _delivery = world.start(&(channel("slack") + &channel("teams"))).await;
    world.log.of_request(EventKind::RequestFiled, Some("carol"), "<!channel> [x](http://evil)");
    until("it is told of", || world.log.failures().len() == 2).await;
    let told = format!("{:?}", world.log.state.lock().unwrap().1);
    assert!(!told.contains("hunter2"), "{told}");
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", port)).await.unwrap();
    let _task = tokio::spawn(async move { axum::serve(listener, app).await });
    until("both came", || seen.lock().unwrap().len() == 2).await;
    let seen = seen.lock().unwrap().clone();
    let slack = seen.iter().find(|body| body["blocks"].is_array()).unwrap();
    assert!(slack["text"].as_str().unwrap().starts_with("carol asks for deploy on web-1 for 1h"), "{slack}");
    assert!(!slack["text"].as_str().unwrap().contains("<!channel>"), "{slack}");
    assert!(seen.iter().any(|body| body["attachments"].is_array()));
}

/// Takes connections over TLS; those that do not come so far are dropped.
struct OverTls(tokio::net::TcpListener, tokio_rustls::TlsAcceptor);

impl axum::serve::Listener for OverTls {
    type Io = tokio_rustls::server::TlsStream<tokio::net::TcpStream>;
    type Addr = std::net::SocketAddr;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        loop {
            let (stream, address) = self.0.accept().await.unwrap();
            if let Ok(stream) = self.1.accept(stream).await {
                return (stream, address);
            }
        }
    }

    fn local_addr(&self) -> std::io::Result<Self::Addr> {
        self.0.local_addr()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_webhook_goes_over_tls_to_a_receiver_that_proves_itself_and_to_no_other() {
    use rustls::pki_types::pem::PemObject as _;
    let (world, receiver) = (World::new(Log::new()), Receiver::new(&[]));
    let [ca, certificate, key] = certificates(world.dir.path());
    let chain = rustls::pki_types::CertificateDer::pem_file_iter(certificate).unwrap();
    let chain = chain.collect::<Result<Vec<_>, _>>().unwrap();
    let key = rustls::pki_types::PrivateKeyDer::from_pem_file(key).unwrap();
    let _ = rustls::crypto::ring::default_provider().install_default();
    let tls = rustls::ServerConfig::builder().with_no_client_auth().with_single_cert(chain, key).unwrap();
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let app = Router::new().route("/hook", post(Receiver::take)).with_state(Arc::clone(&receiver));
    let tls = OverTls(listener, tokio_rustls::TlsAcceptor::from(Arc::new(tls)));
    let _task = tokio::spawn(async move { axum::serve(tls, app).await });
    let hook = |more: &str| {
        world
            .hook("siem", port, &format!("events = [\"request.*\"]\n{more}"))
            .replace("http://127.0.0.1", "https://localhost")
    };
    let delivery = world.start(&hook("")).await;
    world.log.file([0]);
    until("it is told of", || world.log.failures().len() == 1).await;
    drop(delivery);
    assert!(receiver.reasons().is_empty());
    let _delivery = world.start(&hook(&format!("ca-file = \"{}\"", ca.display()))).await;
    until("it came", || receiver.reasons() == [0]).await;
}

#[test]
fn what_a_receiver_says_is_one_short_line_in_the_log() {
    let failure = Failure::channel("550 \x1b[2J\r\n".repeat(100_000));
    assert!(failure.why.len() < 5_000 && escape(&failure.why) == failure.why);
    assert!(failure.why.ends_with('…'));
}
