//! What parts ask of one another without knowing each other: joined here, at the composition root.

use std::sync::Arc;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;

use crate::accounts::Accounts;
use crate::config;
use crate::editorial::{Desk, Hooks, Proposed, Reloaded, TypeIn};
use crate::exchange::{self, Carried, Untaken};
use crate::intake::{self, AcceptError, AttachError, Intake, People, Tokens, Way};
use crate::model::{Actor, IdError, ItemId, SourceId};
use crate::notify;
use crate::outward::Outward;
use crate::portal::{self, Sent};
use crate::pull::{self, Pulls};
use crate::queue::Envelope;
use crate::text::Lexicon;
use crate::upload::{self, Uploads};
use crate::web::Problem;

use super::composed::Composed;
use super::looked;

/// The channel (来稿渠道) of articles that were issued before the system came.
const PAST_SOURCE: &str = "past-issues";

/// Past issues come in by a channel of their own, under the contract of every item.
type PostPast = Box<dyn Fn(serde_json::Value) -> BoxFuture<'static, Result<ItemId, String>> + Send + Sync>;

impl Composed<'_> {
    /// The way from a contributor's form into the intake: the same as over the API.
    pub(super) fn portal_submit(&self, intake: &Arc<Intake>) -> portal::Submit {
        let (intake, ahead) = (Arc::clone(intake), self.config.intake.max_ahead_hours);
        Box::new(move |sent: Sent| {
            let intake = Arc::clone(&intake);
            async move {
                let way = Way {
                    account: sent.account.as_deref(),
                    form: &sent.form,
                    as_unit: sent.as_unit,
                    passed: sent.passed,
                    ..Way::new(&sent.source, &sent.actor, sent.key.as_deref())
                };
                let ticket = intake::submit_form(&intake, ahead, sent.corrects, &way, &sent.json).await?;
                Ok(portal::Answer { item: ticket.item, receipt: ticket.receipt, waits: ticket.waits })
            }
            .boxed()
        })
    }

    /// What uploads need of the intake: reading files, and the same way in as over the API.
    pub(super) fn uploads(&self, intake: &Arc<Intake>) -> anyhow::Result<Arc<Uploads>> {
        let ahead = self.config.intake.max_ahead_hours;
        let (reader, taker) = (Arc::clone(intake), Arc::clone(intake));
        Ok(Uploads::new(upload::Parts {
            store: Arc::clone(self.store),
            blobs: self.blobs.clone(),
            clock: Arc::clone(&self.clock),
            look: Arc::new(move |name, bytes, prefix| {
                looked::look(&reader, ahead, name, bytes, prefix).map_err(|error| error.to_string())
            }),
            take: Box::new(move |source, actor, json| {
                let intake = Arc::clone(&taker);
                async move {
                    let way = Way::new(&source, &actor, None);
                    let ticket = intake::submit_form(&intake, ahead, None, &way, &json).await?;
                    let standing = match ticket {
                        intake::Ticket { waits: true, .. } => upload::Standing::Waits,
                        intake::Ticket { repeat: true, .. } => upload::Standing::Repeat,
                        _ => upload::Standing::New,
                    };
                    Ok(upload::Handed { item: ticket.item, receipt: ticket.receipt, standing })
                }
                .boxed()
            }),
            template: Box::new(|| intake::files::template().map_err(|error| error.to_string())),
            file_max: intake::files::FILE_MAX,
            node: self.node.clone(),
        }))
    }

    /// What pulled sources need of the intake: the same way in as over the API.
    pub(super) fn pulls(&self, intake: &Arc<Intake>) -> anyhow::Result<Arc<Pulls>> {
        let ahead = self.config.intake.max_ahead_hours;
        let (reader, keeper) = (Arc::clone(intake), attach(intake));
        let intake = Arc::clone(intake);
        let pulls = Pulls::new(pull::Parts {
            store: Arc::clone(self.store),
            clock: Arc::clone(&self.clock),
            outward: self.outward.clone(),
            take: Box::new(move |sent: pull::Sent| {
                let intake = Arc::clone(&intake);
                async move {
                    let way =
                        Way { account: sent.account.as_deref(), ..Way::new(&sent.source, &sent.actor, None) };
                    let ticket = intake::submit_form(&intake, ahead, sent.corrects, &way, &sent.json).await?;
                    let intake::Ticket { item, receipt, repeat, waits } = ticket;
                    Ok(pull::Handed { item, receipt, repeat, waits })
                }
                .boxed()
            }),
            secret: Box::new(|name| config::environment(&format!("{}{name}", config::SECRET_PREFIX))),
            keep: Box::new(move |actor, name, bytes| {
                keeper(actor, name, bytes).map(|kept| kept.map(|(id, _)| id)).boxed()
            }),
            readers: pull::Readers {
                file: Arc::new(move |name, bytes, prefix| {
                    looked::for_pull(&reader, ahead, name, bytes, prefix)
                }),
                letter: Arc::new(|text| {
                    let intake::files::Message { title, body, name, unit, phone } =
                        intake::files::message(text);
                    pull::Letter { title, body, name, unit, phone }
                }),
                marked: intake::secrecy::find_mark,
            },
            mail: !self.config.mail.host.is_empty(),
            own_address: address_of(&self.config.mail.from),
            settings: self.config.pull.clone(),
            max_ahead_hours: ahead,
            call_seconds: self.config.outward.timeout_seconds,
            node: self.node.clone(),
        });
        pulls.map_err(anyhow::Error::msg)
    }

    pub(super) fn hooks(&self, intake: &Arc<Intake>, tokens: &Arc<Tokens>, outward: &Outward) -> Hooks {
        let (outward, secret) = (outward.clone(), self.secret.clone());
        let (intake, tokens, queue) = (Arc::clone(intake), Arc::clone(tokens), Arc::clone(self.queue));
        let (post_past, typing) = (post_past(&intake), Arc::clone(&intake));
        Hooks {
            resend: Box::new(move |text| {
                let intake = Arc::clone(&intake);
                async move {
                    let envelope = Envelope::decode(&text).map_err(|error| error.to_string())?;
                    intake.resend(envelope).await.map(drop).map_err(|error| error.to_string())
                }
                .boxed()
            }),
            post_past,
            told_apart: Box::new(|text| {
                let found = intake::files::message(text);
                let intake::files::Message { title, body, name, unit, phone } = found;
                Proposed { title, body, name, unit, phone, ..Proposed::default() }
            }),
            read_text: looked::text_reader(),
            type_in: type_in(&typing, self.config.intake.max_ahead_hours),
            keep_file: attach(&typing),
            word_ends: {
                let segmenter = self.segmenter.clone();
                Arc::new(move |text| segmenter.boundaries(text, true))
            },
            sources_changed: Box::new(move || {
                let tokens = Arc::clone(&tokens);
                async move {
                    if let Err(error) = tokens.reload().await {
                        tracing::error!(%error, "tokens could not be read again; those known before stay in force");
                    }
                }
                .boxed()
            }),
            check_address: Box::new(move |url| {
                outward.check(url).map(drop).map_err(|error| error.to_string())
            }),
            webhook_key: Box::new(move |source, serial| notify::key_of(&secret, source, serial)),
            backup: self.backup(),
            reload_lexicon: self.reload_lexicon(),
            waiting: Box::new(move || queue.depth().waiting),
        }
    }

    fn reload_lexicon(&self) -> Box<dyn Fn() -> Result<Reloaded, String> + Send + Sync> {
        let (dir, segmenter) = (self.config.lexicon.dir.clone(), self.segmenter.clone());
        let index = self.index.clone();
        Box::new(move || {
            let lexicon = Lexicon::load(&dir).map_err(|error| error.to_string())?;
            let (words, hash) = (lexicon.entries().len(), lexicon.hash());
            segmenter.replace(lexicon);
            Ok(Reloaded { words, changed: index.relearn(hash) })
        })
    }
}

/// Finds whose own key came with a call.
pub(super) fn people(accounts: &Arc<Accounts>) -> People {
    let accounts = Arc::clone(accounts);
    Box::new(move |key| {
        let accounts = Arc::clone(&accounts);
        async move { accounts.key_holder(&key).await.map_err(Problem::from) }.boxed()
    })
}

/// The address in `民意办公室 <minyi@example.org>`.
fn address_of(from: &str) -> String {
    let inner = from.rsplit_once('<').map_or(from, |(_, rest)| rest.trim_end().trim_end_matches('>'));
    inner.trim().to_owned()
}

/// The way of an attachment, or of the scan of a paper, into where files are kept.
pub(super) fn attach(intake: &Arc<Intake>) -> portal::Attach {
    let intake = Arc::clone(intake);
    Box::new(move |actor, name, bytes| {
        let intake = Arc::clone(&intake);
        async move {
            let kept = intake.attachments().keep(&actor, &name, bytes).await;
            kept.map(|file| (file.id, file.name)).map_err(|error| intake::not_kept(&error))
        }
        .boxed()
    })
}

/// What a text that somebody wrote into the one box says of itself.
pub(super) fn told_apart() -> portal::ToldApart {
    Box::new(|text| {
        let intake::files::Message { title, body, name, unit, phone } = intake::files::message(text);
        portal::Recognised { title, body, name, unit, phone }
    })
}

/// 用稿通知 is set where bulletins are.
pub(super) fn use_notice(desk: &Arc<Desk>) -> portal::UseNotice {
    let desk = Arc::clone(desk);
    Box::new(move |item| {
        let desk = Arc::clone(&desk);
        async move { desk.use_notice(item).await.map_err(Problem::from) }.boxed()
    })
}

/// The way of what an editor types in for somebody: the same as over the API.
fn type_in(intake: &Arc<Intake>, ahead: u32) -> TypeIn {
    let intake = Arc::clone(intake);
    Box::new(move |source, actor, json, key| {
        let intake = Arc::clone(&intake);
        async move {
            let way = Way::new(&source, &actor, Some(&key));
            let ticket = intake::submit_form(&intake, ahead, None, &way, &json).await?;
            Ok((ticket.item, ticket.receipt))
        }
        .boxed()
    })
}

/// The way in of what another site of the office took: the same `accept` as for everything.
pub(super) fn carry(intake: &Arc<Intake>) -> exchange::Take {
    let intake = Arc::clone(intake);
    Box::new(move |carried: Carried| {
        let intake = Arc::clone(&intake);
        async move {
            let Carried { item, receipt, source, received_at, correction, submission } = carried;
            let carried = intake::Carried { item, receipt, source, received_at, correction, submission };
            intake.carry(carried).await.map(|ticket| ticket.repeat).map_err(|error| match error {
                AcceptError::OtherText(_) | AcceptError::OtherItem { .. } => {
                    Untaken::Never("本站已有同一回执的另一份内容，没有收下".to_owned())
                }
                other => Untaken::Later(other.to_string()),
            })
        }
        .boxed()
    })
}

/// Attachments that came from another site: looked at as every other, kept for good, for their item comes by itself.
pub(super) fn keep_carried(intake: &Arc<Intake>) -> exchange::Keep {
    let intake = Arc::clone(intake);
    Box::new(move |owner, name, bytes| {
        let intake = Arc::clone(&intake);
        async move {
            let untaken = |error: AttachError| match error {
                AttachError::TooLarge(..) => {
                    Untaken::Later(format!("{error}，或加大本站的 attachments.max_mb"))
                }
                error if error.is_passing() => Untaken::Later(error.to_string()),
                error => Untaken::Never(error.to_string()),
            };
            let kept = intake.attachments().keep(&owner, &name, bytes).await.map_err(untaken)?;
            intake.attachments().refer(&owner, std::slice::from_ref(&kept.id)).await.map_err(untaken)?;
            Ok(kept.id)
        }
        .boxed()
    })
}

fn post_past(intake: &Arc<Intake>) -> PostPast {
    let intake = Arc::clone(intake);
    Box::new(move |item| {
        let intake = Arc::clone(&intake);
        async move {
            let source: SourceId = PAST_SOURCE.parse().map_err(|error: IdError| error.to_string())?;
            let bytes = item.to_string().into_bytes();
            let submission = intake::read_submission(&bytes, intake.now(), 0, intake.kinds())
                .map_err(|refusal| format!("文稿不能录入：{refusal}"))?;
            let way = Way::new(&source, &Actor::System, None);
            let ticket = intake.take(&way, None, submission).await;
            ticket.map(|ticket| ticket.item).map_err(|error| error.to_string())
        }
        .boxed()
    })
}
