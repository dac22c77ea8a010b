//! A server is believed by its certificate, or not at all.

use std::path::Path;
use std::process::Command;

use super::*;

fn openssl(dir: &Path, args: &str) {
    let output = Command::new("openssl").args(args.split(' ')).current_dir(dir).output().unwrap();
    assert!(output.status.success(), "openssl {args}: {output:?}");
}

const KEY: &str = "-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes";

/// The server by that name, with a certificate of that file in the folder.
fn resource(world: &World, dir: &Path, host: &str, ca: Option<&str>) -> Resource {
    let mut resource = world.resource();
    resource.address = Some(format!("{host}:{}", world.pg.port()));
    let Target::Postgres(target) = &mut resource.target else { panic!() };
    target.tls = Tls::VerifyFull;
    target.ca_file = ca.map(|ca| dir.join(ca).display().to_string());
    resource
}

#[tokio::test]
async fn only_a_server_with_the_right_certificate_and_name_gets_anything() {
    for version in Version::all().into_iter().filter(Version::has_tls) {
        let dir = tempfile::tempdir().unwrap();
        for ca in ["good", "other"] {
            openssl(
                dir.path(),
                &format!("req -x509 {KEY} -keyout {ca}.key -out {ca}.pem -days 2 -subj /CN={ca}"),
            );
        }
        openssl(dir.path(), &format!("req {KEY} -keyout server.key -out server.csr -subj /CN=localhost"));
        std::fs::File::create(dir.path().join("ext"))
            .and_then(|mut file| {
                std::io::Write::write_all(
                    &mut file,
                    b"subjectAltName=DNS:localhost\nbasicConstraints=CA:FALSE\n",
                )
            })
            .unwrap();
        openssl(
            dir.path(),
            "x509 -req -in server.csr -CA good.pem -CAkey good.key -CAcreateserial -days 2 \
                             -extfile ext -out server.pem",
        );
        let mut world = World::start(&version);
        for name in ["server.key", "server.pem"] {
            let place = world.pg.path("data").join(name);
            std::fs::copy(dir.path().join(name), &place).unwrap();
            world.pg.give_to_server(&place);
        }
        let why = async |resource: Resource| {
            PostgresProvider::default().preflight(&resource).await.unwrap_err().to_string()
        };
        // It has no TLS yet: nothing is sent to it.
        let plain = why(resource(&world, dir.path(), "localhost", Some("good.pem"))).await;
        assert!(plain.contains("server does not support TLS"), "{plain}");

        world.pg.sql("ALTER SYSTEM SET ssl = on");
        world.pg.sql("ALTER SYSTEM SET ssl_cert_file = 'server.pem'");
        world.pg.sql("ALTER SYSTEM SET ssl_key_file = 'server.key'");
        world.pg.stop();
        world.pg.run();
        for (host, ca, said) in [
            ("127.0.0.1", Some("good.pem"), "certificate not valid for name"),
            ("localhost", Some("other.pem"), "UnknownIssuer"),
            ("localhost", None, "UnknownIssuer"),
            ("localhost", Some("server.key"), "no certificates"),
        ] {
            let why = why(resource(&world, dir.path(), host, ca)).await;
            assert!(why.contains(said), "{host} {ca:?}: {why}");
        }
        // And only over TLS.
        world.pg.hba("hostssl all all all scram-sha-256\nhostnossl all all all reject\n");
        let good = resource(&world, dir.path(), "localhost", Some("good.pem"));
        world.provider.preflight(&good).await.unwrap();
        let intent = Intent { resource: good, ..world.new_intent(600) };
        let Material::Postgres { sslmode, ca, .. } = world.provider.grant(&intent).await.unwrap() else {
            panic!()
        };
        assert_eq!(sslmode, "verify-full");
        assert!(ca.unwrap().contains("BEGIN CERTIFICATE"));
        world.revoke(&intent).await;
        assert!(world.is_absent(&intent).await);
    }
}
