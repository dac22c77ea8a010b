//! jit's own key, from a private file.

use std::path::Path;

use aws_credential_types::Credentials;
use zeroize::Zeroizing;

use crate::domain::text::escape;
use crate::files;
use crate::provider::ProviderError;

/// No file with one key is longer; a session token has up to some thousand characters.
const LONGEST: u64 = 32 * 1024;
/// Read by its owner, and written at most.
const MODE: u32 = 0o600;

/// Reads the file anew, so that a key that was replaced is used from the next call on.
///
/// # Errors
/// When it is open to others, or not exactly one key. No error has anything of its values.
pub async fn read(path: &str) -> Result<Credentials, ProviderError> {
    let path = Path::new(path).to_owned();
    let shown = files::shown(&path);
    let work = move || files::read_at_most(&path, MODE, LONGEST);
    let unusable = |what: String| ProviderError::Unavailable {
        what: format!("jit's own key for AWS cannot be used: {what}"),
        source: None,
    };
    let bytes = tokio::task::spawn_blocking(work)
        .await
        .map_err(|error| unusable(error.to_string()))?
        .map_err(|error| match error.hint() {
            Some(cure) => unusable(format!("{error}; try: {cure}")),
            None => unusable(error.to_string()),
        })?;
    let text = std::str::from_utf8(&bytes).map_err(|_| unusable(format!("{shown} is not UTF-8 text")))?;
    parse(text).map_err(|why| unusable(format!("{shown}: {why}")))
}

/// `[default]` with its two or three keys, as the AWS CLI writes them. What else it could mean is not
/// guessed (INVARIANT 9).
fn parse(text: &str) -> Result<Credentials, String> {
    let mut inside = false;
    let (mut id, mut secret, mut token) = (None, None, None);
    for (number, line) in (1..).zip(text.lines()) {
        let line = line.trim();
        if line.is_empty() || line.starts_with(['#', ';']) {
            continue;
        }
        if line.starts_with('[') {
            if line != "[default]" || inside {
                return Err(format!("line {number} is another section than one [default]"));
            }
            inside = true;
            continue;
        }
        let (name, value) =
            line.split_once('=').ok_or_else(|| format!("line {number} is no `name = value`"))?;
        let (name, value) = (name.trim(), value.trim());
        let place = match name {
            _ if !inside => return Err(format!("line {number} stands before [default]")),
            "aws_access_key_id" => &mut id,
            "aws_secret_access_key" => &mut secret,
            "aws_session_token" => &mut token,
            _ => return Err(format!("line {number} has an unknown name: {:.40}", escape(name))),
        };
        if value.len() < 16 || !value.bytes().all(|b| b.is_ascii_graphic()) {
            return Err(format!("line {number}: the value is no key"));
        }
        if place.replace(Zeroizing::new(value.to_owned())).is_some() {
            return Err(format!("line {number}: {name} stands there twice"));
        }
    }
    let (Some(id), Some(secret)) = (id, secret) else {
        return Err("it needs [default] with aws_access_key_id and aws_secret_access_key".to_owned());
    };
    if !id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_') {
        return Err("aws_access_key_id has letters and digits only".to_owned());
    }
    let token = token.map(|token| token.to_string());
    Ok(Credentials::new(id.as_str(), secret.as_str(), token, None, "jit"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "# jit\n[default]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\n\
                        aws_secret_access_key=wJalrXUtnFEMI/K7MDENG/bPxRfi+SECRET==\n";

    #[test]
    fn a_file_of_the_aws_cli_is_read_and_what_is_unclear_is_refused_without_its_secret() {
        let key = parse(GOOD).unwrap();
        assert_eq!(key.access_key_id(), "AKIAIOSFODNN7EXAMPLE");
        assert_eq!(key.secret_access_key(), "wJalrXUtnFEMI/K7MDENG/bPxRfi+SECRET==");
        assert!(!format!("{key:?}").contains("SECRET"));
        let token = parse(&format!("{GOOD}aws_session_token = IQoJb3JpZ2luX2VjEXAMPLE\n")).unwrap();
        assert_eq!(token.session_token(), Some("IQoJb3JpZ2luX2VjEXAMPLE"));
        for bad in [
            "",
            &GOOD.replace("[default]", ""),
            &GOOD.replace("[default]", "[prod]"),
            &format!("{GOOD}[prod]\n"),
            &format!("{GOOD}{GOOD}"),
            &format!("{GOOD}region = eu-central-1\n"),
            &format!("{GOOD}aws_session_token =\n"),
            &format!("{GOOD}aws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfi+SECRET==\n"),
            &GOOD.replace("wJ", "w J"),
            &GOOD.replace("wJ", "wJ\u{202e}"),
            &GOOD.replace("AKIA", "AKIA/"),
            &GOOD.replace('=', ""),
        ] {
            let error = parse(bad).map(|_| ()).unwrap_err();
            assert!(!error.contains("SECRET") && !error.contains("AKIA"), "{error}");
        }
    }
}
