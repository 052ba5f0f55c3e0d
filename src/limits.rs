//! Every limit of the library, each a named constant with its reason. Nothing else lives here.

use std::time::Duration;

/// Longest secret name the service accepts (Key Vault REST reference).
pub const SECRET_NAME_LENGTH_MAX: usize = 127;

/// Longest version we send. The service makes 32 hex digits; compatible servers may make longer ones.
pub const SECRET_VERSION_LENGTH_MAX: usize = 64;

/// Largest value taken: the service stores 25 KB, compatible servers a little more.
pub const SECRET_VALUE_BYTES_MAX: usize = 64 * 1024;

/// Largest value set: what the service stores (Microsoft Learn: "About Azure Key Vault secrets").
pub const SECRET_VALUE_SET_BYTES_MAX: usize = 25 * 1024;

/// Most tags taken: the service stores 15.
pub const SECRET_TAGS_MAX: usize = 256;

/// Most tags set, and the longest name or value of one, in characters: what the service stores.
pub const TAGS_SET_MAX: usize = 15;
/// See [`TAGS_SET_MAX`].
pub const TAG_LENGTH_MAX: usize = 256;

/// Longest content type set, in characters: what the service stores.
pub const CONTENT_TYPE_LENGTH_MAX: usize = 255;

/// The last time that may be set, the end of the year 9999: what the service's own tools can show.
pub const TIME_UNIX_MAX: i64 = 253_402_300_799;

/// Largest backup restored: 500 versions of 25 KB cannot be had in one answer, and what can be had
/// can be given back.
pub const BACKUP_BYTES_MAX: usize = REMOTE_ANSWER_BYTES_MAX;

/// Shortest and longest vault name (Azure naming rules for `Microsoft.KeyVault/vaults`).
pub const VAULT_NAME_LENGTH_MIN: usize = 3;
/// See [`VAULT_NAME_LENGTH_MIN`].
pub const VAULT_NAME_LENGTH_MAX: usize = 24;

/// Largest answer taken from a local token endpoint. Tokens are 1.5 to 6 KB; anything near this
/// is not a token endpoint.
pub const LOCAL_ANSWER_BYTES_MAX: usize = 256 * 1024;

/// Largest answer taken from a vault: a page of 25 secrets without values is far below, a
/// backup blob is below.
pub const REMOTE_ANSWER_BYTES_MAX: usize = 4 * 1024 * 1024;

/// Longest URL, host, resource or identity id that a caller or the environment may give.
pub const INPUT_LENGTH_MAX: usize = 2 * 1024;

/// Longest access token or header value that we send: what common front ends take.
pub const HEADER_VALUE_LENGTH_MAX: usize = 16 * 1024;

/// Largest PEM text with extra roots: the whole public web's roots are about 220 KB.
pub const CA_PEM_BYTES_MAX: usize = 4 * 1024 * 1024;

/// Largest key file of the Azure Arc agent that is read: what the official libraries take.
pub const ARC_KEY_BYTES_MAX: usize = 4 * 1024;

/// Longest name of such a key file: the agent's are GUIDs.
pub const ARC_KEY_STEM_LENGTH_MAX: usize = 128;

/// Largest federated token that is read: those of Kubernetes are 1 to 2 KB.
pub const ASSERTION_BYTES_MAX: usize = 64 * 1024;

/// Tokens kept at once, process-wide: several identities times several audiences, yet bounded.
pub const CACHED_TOKENS_MAX: usize = 64;

/// Secrets that one client keeps at once, where calls ask for it.
pub const CACHED_SECRETS_MAX: usize = 1024;

/// How long a read that found a newer version answers for others who name the same old one: threads
/// that notice a rotation together ask within moments.
pub const ROTATION_SHARE: Duration = Duration::from_secs(5);

/// How long the vault is waited for while there is an older value that the caller accepts if the
/// vault cannot be reached.
pub const STALE_SECRET_WAIT: Duration = Duration::from_secs(10);

/// The longest age that a call may accept: what 32 bits of milliseconds hold, 49 days.
pub const AGE_MAX: Duration = Duration::from_millis(u32::MAX as u64);

/// Secrets that one bulk call may ask for: as many as operations that may be under way.
pub const BULK_NAMES_MAX: usize = 4096;

/// Requests at once of a bulk call unless it says otherwise: the vault's limit of 4,000 in 10 s is far,
/// and more connections cost more handshakes than they save.
pub const BULK_CONCURRENCY_DEFAULT: usize = 16;
/// Most requests at once that a bulk call may ask for.
pub const BULK_CONCURRENCY_MAX: usize = 64;

/// How far a stream reads ahead of what has been given out: a consumer that is slower than the vault must not
/// hold thousands of values.
pub const STREAM_AHEAD: usize = 1024;

/// Longest nextLink that is followed: the service writes some hundred characters.
pub const NEXT_LINK_LENGTH_MAX: usize = 8 * 1024;

/// Pages in a row without any item: far more than a service sends, yet an end.
pub const EMPTY_PAGES_MAX: usize = 10_000;

/// Pages of one list that are remembered, to notice one that leads back: a million secrets.
pub const PAGES_MAX: usize = 40_000;

/// Versions of one secret that are put in order.
pub const VERSIONS_MAX: usize = 10_000;

/// Bytes of answers with versions of one secret that are put in order.
pub const VERSIONS_BYTES_MAX: usize = 32 * 1024 * 1024;

/// Items of one page; the service gives 25.
pub const PAGE_ITEMS_MAX: usize = 4096;

/// Operations that may be under way at once: beyond it something leaks operations.
pub const OPERATIONS_IN_FLIGHT_MAX: usize = 4096;

/// Requests at once to the instance metadata service: its documented limit per machine.
pub const IMDS_CONCURRENCY_MAX: usize = 5;

/// Retries of one request unless the options say otherwise.
pub const RETRIES_DEFAULT: u32 = 5;
/// Most retries that the options may ask for.
pub const RETRIES_MAX: u32 = 20;

/// An operation's time limit unless options or call say otherwise. Long enough for the 70 s
/// that an updating metadata service may take.
pub const TIMEOUT_DEFAULT: Duration = Duration::from_secs(100);

/// The longest time limit that may be asked for: what 32 bits of milliseconds hold, 49 days.
pub const TIMEOUT_MAX: Duration = Duration::from_millis(u32::MAX as u64);

/// Connecting to a local endpoint takes microseconds; off Azure the address swallows packets,
/// and the whole verdict must come within 3 s.
pub const LOCAL_CONNECT_TIMEOUT: Duration = Duration::from_millis(2500);

/// Connecting to a vault, TLS handshake included.
pub const REMOTE_CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// How long a connection to a vault stays open without work. Long enough for a script's next
/// secret; short because the HTTP layer's buffers keep the last request and answer until the
/// connection closes and they are wiped. (They are looked through at this interval, so twice this
/// is the longest that either stays.)
pub const REMOTE_IDLE_TIMEOUT: Duration = Duration::from_secs(5);

/// A token is no longer handed out this long before it expires, so that the request it is for
/// does not outlive it.
pub const TOKEN_EXPIRY_MARGIN_S: i64 = 300;

/// A token that lives longer than this is refreshed in the background from the middle of its life
/// on, as the official libraries do.
pub const TOKEN_REFRESH_LIFE_MIN_S: i64 = 2 * 3600;

/// The middle of a life is taken this much earlier or later, at random, so that a fleet started
/// together does not refresh together.
pub const TOKEN_REFRESH_JITTER_S: i64 = 300;

/// After a background refresh was begun, no other one for this long, however it ends.
pub const TOKEN_REFRESH_PAUSE_S: i64 = 30;

/// How far the wall clock may go back under a token: corrections are smaller, and a machine that began
/// years ahead must not take its token for good for years.
pub const TOKEN_CLOCK_BACK_S: i64 = 300;

/// Longest claims of a challenge: they travel in a header, which no front end takes longer.
pub const CLAIMS_BYTES_MAX: usize = 8 * 1024;

/// How long a source is waited for while there still is a token that has not expired: it is used
/// then, and the answer kept for the next call.
pub const STALE_TOKEN_WAIT: Duration = Duration::from_secs(3);

/// Longest service message that an error repeats.
pub const ERROR_MESSAGE_BYTES_MAX: usize = 1024;

/// How much of a service's message is looked at: what is longer is no message, and looking for secrets in
/// megabytes would hold up everything else.
pub const ERROR_MESSAGE_WINDOW: usize = 16 * 1024;

/// Longest service code (`error.code`, inner code, request id) that an error repeats.
pub const ERROR_CODE_LENGTH_MAX: usize = 64;

/// Longest value of an environment variable that we read, but for PEM text.
pub const VARIABLE_BYTES_MAX: usize = 8 * 1024;

/// Longest PEM text in an environment variable: Linux itself takes no longer value than 128 KiB.
pub const VARIABLE_PEM_BYTES_MAX: usize = 128 * 1024;

/// Pairs that a given environment may hold.
pub const ENVIRONMENT_PAIRS_MAX: usize = 1024;

/// Suffixes that the options may add.
pub const VAULT_SUFFIXES_MAX: usize = 32;

/// Verified challenges that one client remembers.
pub const CHALLENGES_MAX: usize = 64;

/// Remote connections pools that one client keeps, one per proxy and trust setting seen.
pub const REMOTE_POOLS_MAX: usize = 4;
