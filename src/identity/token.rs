//! What is believed of an ID token, and who it names.

use openidconnect::core::{
    CoreAuthDisplay, CoreAuthPrompt, CoreErrorResponseType, CoreGenderClaim, CoreJsonWebKey,
    CoreJweContentEncryptionAlgorithm, CoreJwsSigningAlgorithm, CoreProviderMetadata, CoreRevocableToken,
    CoreRevocationErrorResponse, CoreTokenIntrospectionResponse, CoreTokenType,
};
use openidconnect::{
    AccessTokenHash, AdditionalClaims, ClaimsVerificationError, EmptyExtraTokenFields, EndpointMaybeSet,
    EndpointNotSet, EndpointSet, IdTokenFields, Nonce, OAuth2TokenResponse, StandardErrorResponse,
    StandardTokenResponse, TokenResponse,
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::config::Oidc;
use crate::model::{Identity, Said, Timestamp};

use super::{Fault, PlatformError};

/// Clocks of two machines differ by so much at most.
const SKEW_SECONDS: i64 = 60;
/// A token is exchanged at once: one that is older was kept by somebody.
const AGE_SECONDS: i64 = 600;

/// Claims beyond those of the standard: an office's platform may name people by one of its own.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Others {
    #[serde(flatten)]
    all: Map<String, Value>,
}

impl AdditionalClaims for Others {}

type Fields = IdTokenFields<
    Others,
    EmptyExtraTokenFields,
    CoreGenderClaim,
    CoreJweContentEncryptionAlgorithm,
    CoreJwsSigningAlgorithm,
>;

/// What the platform gives for a code.
pub(super) type Response = StandardTokenResponse<Fields, CoreTokenType>;

/// The platform as the library knows it.
pub(super) type Client = openidconnect::Client<
    Others,
    CoreAuthDisplay,
    CoreGenderClaim,
    CoreJweContentEncryptionAlgorithm,
    CoreJsonWebKey,
    CoreAuthPrompt,
    StandardErrorResponse<CoreErrorResponseType>,
    Response,
    CoreTokenIntrospectionResponse,
    CoreRevocableToken,
    CoreRevocationErrorResponse,
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointMaybeSet,
    EndpointMaybeSet,
>;

/// Algorithms that are taken: those of the platform by which nobody but itself can sign. One that is made of the shared secret
/// (HS256) would let everybody sign who knows it, and `none` everybody.
pub(super) fn trusted(document: &CoreProviderMetadata) -> Vec<CoreJwsSigningAlgorithm> {
    use CoreJwsSigningAlgorithm as A;
    const TAKEN: &[A] = &[
        A::RsaSsaPkcs1V15Sha256,
        A::RsaSsaPkcs1V15Sha384,
        A::RsaSsaPkcs1V15Sha512,
        A::RsaSsaPssSha256,
        A::RsaSsaPssSha384,
        A::RsaSsaPssSha512,
        A::EcdsaP256Sha256,
        A::EcdsaP384Sha384,
        A::EdDsa,
    ];
    let offered = document.id_token_signing_alg_values_supported();
    TAKEN.iter().filter(|algorithm| offered.contains(algorithm)).cloned().collect()
}

/// Who an answer names, if it is believed.
pub(super) fn believed(
    client: &Client,
    settings: &Oidc,
    response: &Response,
    nonce: &str,
    now: Timestamp,
) -> Result<Said, PlatformError> {
    let token = response.id_token().ok_or(PlatformError::Token(Fault::Missing))?;
    let issued = |at: i64| {
        let seconds = now.as_micros() / 1_000_000;
        let fits = at <= seconds + SKEW_SECONDS && at >= seconds - AGE_SECONDS;
        if fits { Ok(()) } else { Err(format!("issued at {at}, now {seconds}")) }
    };
    let verifier = client
        .id_token_verifier()
        .set_time_fn(move || instant(now.plus_seconds(-SKEW_SECONDS)))
        .set_issue_time_verifier_fn(move |at| issued(at.timestamp()));
    let claims = token.claims(&verifier, &Nonce::new(nonce.to_owned())).map_err(|error| fault(&error))?;
    // Of several parties the one that asked for the token must be this system.
    if claims.authorized_party().is_some_and(|party| party.as_str() != settings.client_id) {
        return Err(PlatformError::Token(Fault::Audience));
    }
    if let Some(wanted) = claims.access_token_hash() {
        let hash = || Some((token.signing_alg().ok()?, token.signing_key(&verifier).ok()?));
        let (algorithm, key) = hash().ok_or(PlatformError::Token(Fault::Signature))?;
        let own = AccessTokenHash::from_token(response.access_token(), algorithm, key);
        if own.ok().as_ref() != Some(wanted) {
            return Err(PlatformError::Token(Fault::Hash));
        }
    }
    let all = serde_json::to_value(claims).map_err(|_| PlatformError::Token(Fault::Form))?;
    said(settings, &all)
}

/// Who the claims name.
fn said(settings: &Oidc, claims: &Value) -> Result<Said, PlatformError> {
    let text = |name: &str| match claims.get(name)? {
        Value::String(text) => Some(text.clone()),
        // Numbers of staff come as numbers.
        Value::Number(number) if number.is_i64() || number.is_u64() => Some(number.to_string()),
        _ => None,
    };
    let subject = text(&settings.claim).and_then(|subject| subject.parse().ok());
    let subject = subject.ok_or_else(|| PlatformError::Claim(settings.claim.clone()))?;
    let name = (!settings.link_by.is_empty()).then(|| text(&settings.link_by)).flatten();
    let (issuer, claim) = (settings.issuer.clone(), settings.claim.clone());
    Ok(Said { identity: Identity { issuer, claim, subject }, name })
}

fn fault(error: &ClaimsVerificationError) -> PlatformError {
    tracing::warn!(%error, "an ID token is not believed");
    PlatformError::Token(match error {
        ClaimsVerificationError::Expired(_) | ClaimsVerificationError::InvalidAuthTime(_) => Fault::Expired,
        ClaimsVerificationError::InvalidAudience(_) => Fault::Audience,
        ClaimsVerificationError::InvalidIssuer(_) => Fault::Issuer,
        ClaimsVerificationError::InvalidNonce(_) => Fault::Nonce,
        ClaimsVerificationError::SignatureVerification(_) => Fault::Signature,
        _ => Fault::Form,
    })
}

fn instant(at: Timestamp) -> chrono::DateTime<chrono::Utc> {
    chrono::DateTime::from_timestamp_micros(at.as_micros()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn settings(claim: &str, link_by: &str) -> Oidc {
        let mut settings = crate::config::load(None, &[]).expect("the default").accounts.oidc;
        settings.issuer = "https://id.example.org".to_owned();
        (settings.claim, settings.link_by) = (claim.to_owned(), link_by.to_owned());
        settings
    }

    #[test]
    fn the_claim_that_the_configuration_names_says_who_it_is_and_no_other_does() {
        let claims = json!({
            "sub": "u-1", "preferred_username": "zhang", "employee": 1001, "empty": "", "list": ["a"], "rate": 1.5,
        });
        let one = said(&settings("sub", ""), &claims).expect("somebody");
        assert_eq!(
            (one.identity.subject.as_str(), one.identity.claim.as_str(), one.name),
            ("u-1", "sub", None)
        );
        let one = said(&settings("employee", "preferred_username"), &claims).expect("somebody");
        assert_eq!((one.identity.subject.as_str(), one.name.as_deref()), ("1001", Some("zhang")));
        for claim in ["missing", "empty", "list", "rate"] {
            let refused = said(&settings(claim, ""), &claims).expect_err(claim);
            assert_eq!(refused, PlatformError::Claim(claim.to_owned()));
        }
    }
}
