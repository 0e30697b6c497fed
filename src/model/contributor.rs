//! Who reported it, as of the day it was submitted.

use serde::{Deserialize, Serialize};

/// The identity used (DOMAIN §2): copied at submission and never updated afterwards, because statistics and credit
/// lines follow what the person was then.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Contributor {
    /// 姓名, or the name of the unit where a unit reports.
    pub name: String,
    /// 单位.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
    /// 供稿者类别.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<ContributorKind>,
    /// 区县.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub district: Option<String>,
    /// 界别.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sector: Option<String>,
    /// 党派.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub party: Option<String>,
    /// 职务.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub post: Option<String>,
    /// 电话.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
    /// 邮箱.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
}

macro_rules! kinds {
    ($($(#[$doc:meta])* $name:ident = $label:literal),+ $(,)?) => {
        /// The kinds of contributor 供稿者 (DOMAIN §1).
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
        pub enum ContributorKind {
            $($(#[$doc])* #[serde(rename = $label)] $name),+
        }

        impl ContributorKind {
            /// Every kind, in the office's order.
            pub const ALL: &'static [Self] = &[$(Self::$name),+];

            /// The office's word for it, which is also its form in the API.
            pub fn label(self) -> &'static str {
                match self { $(Self::$name => $label),+ }
            }
        }
    };
}

kinds! {
    /// A member of the 政协.
    Member = "委员",
    /// A municipal committee of a democratic party.
    Party = "民主党派市委会",
    /// The federation of industry and commerce.
    Federation = "工商联",
    /// A people's organisation.
    Organisation = "人民团体",
    /// A special committee of the 政协.
    Committee = "专委会",
    /// A sector as a whole.
    Sector = "界别",
    /// The 政协 of a district or county.
    DistrictCommittee = "区县政协",
    /// A liaison point.
    LiaisonPoint = "信息联系点",
    /// A specially invited informant.
    Informant = "特邀信息员",
    /// A handling unit.
    HandlingUnit = "承办单位",
    /// The public.
    Public = "群众",
}

impl ContributorKind {
    /// Reads the office's word for a kind.
    pub fn from_label(label: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.label() == label)
    }
}
