//! What contributors are told of their items, and by which ways (DOMAIN §2).

use serde::{Deserialize, Serialize};

use super::ids::ItemId;
use super::item_state::states;

states! {
    /// What happened to an item, as its contributor learns it.
    NoticeKind {
        /// It was received, or its correction was.
        Received = "received", "已收到";
        /// An editor works on it.
        Taken = "taken", "编辑中";
        /// More is asked for.
        Returned = "returned", "请补充";
        /// A bulletin carries it.
        Issued = "issued", "已采用";
        /// A higher level adopted it, or a leader noted on it; never what was noted.
        Outcome = "outcome", "采用反馈";
        /// It was closed without being used, with the outward wording of the reason.
        Kept = "kept", "留作参考";
        /// Its author took it back.
        Withdrawn = "withdrawn", "已撤回";
        /// What was told before was undone.
        Corrected = "corrected", "情况更正";
        /// New topics can be answered; of no item.
        Topic = "topic", "选题征集";
        /// What waits for somebody of the office; of no item.
        Tasks = "tasks", "待办提醒";
    }
}

states! {
    /// By which way a notice goes.
    Channel {
        /// An e-mail to a contributor.
        Mail = "mail", "邮件";
        /// An HTTP call to the system that sent the item.
        Webhook = "webhook", "推送";
        /// An e-mail back to whoever sent an item by e-mail.
        Reply = "reply", "邮件回执";
        /// A channel of the office's own, to a contributor: 短信, a government messenger.
        Own = "own", "短信等";
        /// Somebody calls; the desk notes when it is done.
        Phone = "phone", "电话";
    }
}

states! {
    /// Where a delivery stands.
    DeliveryState {
        /// Not confirmed yet.
        Waiting = "waiting", "待送";
        /// Confirmed; never sent again.
        Sent = "sent", "已送达";
        /// Tried as often as the configuration says; a person decides.
        GivenUp = "given_up", "未送达";
        /// Taken back before it went out.
        Void = "void", "已取消";
    }
}

states! {
    /// When a contributor wants e-mail.
    MailChoice {
        /// Never.
        None = "none", "不要";
        /// As soon as something happens, outside of the closed hours.
        AtOnce = "at_once", "随时";
        /// Once a day, in one message.
        Daily = "daily", "每天一封";
    }
}

/// The id of an event: a receiver that has seen it drops the repeat.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct EventId(String);

impl EventId {
    /// The id of the notice with this number about this item.
    pub fn derive(no: i64, item: &ItemId) -> Self {
        let mut hasher = blake3::Hasher::new();
        hasher.update(b"minyi notice").update(&no.to_le_bytes()).update(item.as_bytes());
        Self(hasher.finalize().to_hex()[..32].to_owned())
    }

    /// As stored.
    pub fn from_stored(text: &str) -> Self {
        Self(text.to_owned())
    }

    /// 32 hexadecimal digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Whether a text is one plain e-mail address; anything else could name further receivers or headers.
pub fn is_mail_address(text: &str) -> bool {
    let plain = text.chars().all(|c| c.is_ascii_graphic() && !"<>(),;:\\\"[]".contains(c));
    let parts = text.split_once('@');
    plain && parts.is_some_and(|(name, host)| !name.is_empty() && host.contains('.') && !host.contains('@'))
}

#[cfg(test)]
mod tests {
    use super::is_mail_address;

    #[test]
    fn an_address_is_one_receiver_and_nothing_else() {
        assert!(is_mail_address("wang.bo@mail.example.org"));
        for bad in
            ["", "wang", "a@b", "a@b.cn,c@d.cn", "A <a@b.cn>", "a@b.cn\r\nBcc: x@y.cn", "a@@b.cn", "@b.cn"]
        {
            assert!(!is_mail_address(bad), "{bad:?}");
        }
    }
}
