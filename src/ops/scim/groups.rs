//! Groups of the directory.

use std::collections::BTreeSet;

use crate::domain::Name;
use crate::scim::schema::GROUP;
use crate::scim::{self, ListResponse, Object, Query, Refusal, ScimType, Selection, version};
use crate::store::{Change, StoreError, Write};

use super::super::documents::Stored;
use super::super::engine::{Engine, random};
use super::super::error::Error;
use super::{Asked, DirectoryGroup, ScimCaller, changed_meanwhile, list, names, whole};

/// Groups at most.
const MOST: usize = 2000;

impl Engine {
    pub async fn scim_groups(
        &self,
        _: &ScimCaller,
        query: &Query,
        base: &str,
    ) -> Result<ListResponse, Refusal> {
        list(&GROUP, query, self.all_groups(base).await?)
    }

    pub(super) async fn all_groups(&self, base: &str) -> Result<Vec<Object>, Error> {
        let groups = self.documents::<DirectoryGroup>("").await?;
        Ok(groups.iter().map(|stored| resource(&stored.document, base)).collect())
    }

    pub async fn scim_group(
        &self,
        _: &ScimCaller,
        id: &str,
        query: &Query,
        base: &str,
    ) -> Result<(Object, String), Refusal> {
        let selection = Selection::of(query)?;
        let whole = resource(&self.group(id).await?.document, base);
        let version = version::in_meta(&whole).unwrap_or_default().to_owned();
        Ok((selection.apply(&GROUP, whole), version))
    }

    async fn group(&self, id: &str) -> Result<Stored<DirectoryGroup>, Refusal> {
        self.document(id).await?.ok_or_else(|| Refusal::not_found("group", id))
    }

    pub async fn scim_create_group(
        &self,
        caller: &ScimCaller,
        body: Object,
        base: &str,
    ) -> Result<Object, Refusal> {
        let said = scim::Group::parse(body)?;
        let _turn = self.scim_turn.lock().await;
        let bytes: [u8; 16] = random()?;
        let id: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        let now = self.now();
        let stored = Stored::new(DirectoryGroup { id, said, created: now, modified: now });
        self.keep_group(caller, &stored, None).await?;
        Ok(resource(&stored.document, base))
    }

    pub async fn scim_replace_group(
        &self,
        caller: &ScimCaller,
        id: &str,
        body: Object,
        asked: Asked<'_>,
    ) -> Result<Object, Refusal> {
        let said = scim::Group::parse(body)?;
        self.change_group(caller, id, asked, |_| Ok(said)).await
    }

    pub async fn scim_patch_group(
        &self,
        caller: &ScimCaller,
        id: &str,
        body: &Object,
        asked: Asked<'_>,
    ) -> Result<Object, Refusal> {
        let patch = |before: &scim::Group| {
            scim::Group::of(scim::patch::patched(&GROUP, before.attributes(asked.base), body)?)
        };
        self.change_group(caller, id, asked, patch).await
    }

    async fn change_group(
        &self,
        caller: &ScimCaller,
        id: &str,
        asked: Asked<'_>,
        make: impl FnOnce(&scim::Group) -> Result<scim::Group, Refusal>,
    ) -> Result<Object, Refusal> {
        let _turn = self.scim_turn.lock().await;
        let mut stored = self.group(id).await?;
        let shown = resource(&stored.document, asked.base);
        version::must_match(asked.if_match, version::in_meta(&shown).unwrap_or_default())?;
        let before = stored.document.said.clone();
        stored.document.said = make(&before)?;
        if stored.document.said == before {
            return Ok(shown);
        }
        stored.document.modified = self.now();
        self.keep_group(caller, &stored, Some(&before)).await?;
        Ok(resource(&stored.document, asked.base))
    }

    pub async fn scim_delete_group(
        &self,
        caller: &ScimCaller,
        id: &str,
        if_match: Option<&str>,
    ) -> Result<(), Refusal> {
        let _turn = self.scim_turn.lock().await;
        let stored = self.group(id).await?;
        version::must_match(if_match, version::in_meta(&resource(&stored.document, "")).unwrap_or_default())?;
        let nobody = BTreeSet::new();
        self.commit_group(
            caller,
            &stored,
            "deleted",
            (&stored.document.said.members, &nobody),
            stored.remove(),
        )
        .await
    }

    /// Keeps a group that is new or another one than before.
    async fn keep_group(
        &self,
        caller: &ScimCaller,
        stored: &Stored<DirectoryGroup>,
        before: Option<&scim::Group>,
    ) -> Result<(), Refusal> {
        let said = &stored.document.said;
        let others = self.documents::<DirectoryGroup>("").await?;
        if before.is_none() && others.len() >= MOST {
            return Err(Refusal::new(403, format!("there are {MOST} groups at most")));
        }
        let taken = |other: &Stored<DirectoryGroup>| {
            other.document.id != stored.document.id
                && other.document.said.display_name.eq_ignore_ascii_case(&said.display_name)
        };
        if others.iter().any(taken) {
            let detail = format!("there is another group {:?}", said.display_name);
            return Err(Refusal::of(ScimType::Uniqueness, detail));
        }
        let nobody = BTreeSet::new();
        let earlier = before.map_or(&nobody, |before| &before.members);
        for new in said.members.difference(earlier) {
            let person = self.person(new.as_str()).await.map_err(|refusal| match refusal.status {
                404 => Refusal::value(refusal.detail),
                _ => refusal,
            })?;
            if person.user.admin {
                let detail = format!("{new} is an administrator, who is not the directory's");
                return Err(Refusal::new(403, detail));
            }
        }
        let change = match before {
            None => "created",
            Some(before) if before.display_name != said.display_name => "renamed",
            Some(_) => "changed",
        };
        self.commit_group(caller, stored, change, (earlier, &said.members), stored.put()?).await
    }

    async fn commit_group(
        &self,
        caller: &ScimCaller,
        stored: &Stored<DirectoryGroup>,
        change: &str,
        (earlier, members): (&BTreeSet<Name>, &BTreeSet<Name>),
        write: Write,
    ) -> Result<(), Refusal> {
        let group = &stored.document;
        let gives = if self.gives_rights(&group.said).is_some() { "rights" } else { "nothing" };
        let mut draft = self
            .directory_changed(caller)
            .data("group", &group.said.display_name)
            .data("id", &group.id)
            .data("change", change)
            .data("gives", gives);
        for (what, who) in [
            ("added", members.difference(earlier).collect::<Vec<_>>()),
            ("removed", earlier.difference(members).collect()),
        ] {
            if !who.is_empty() {
                draft = draft.data(what, names(who));
            }
        }
        match self.store.commit(Change { writes: vec![write], events: vec![draft] }).await {
            Ok(()) => {}
            Err(StoreError::Conflict) => return Err(changed_meanwhile()),
            Err(error) => return Err(Error::from(error).into()),
        }
        self.load_roster().await?;
        // Who left it may hold what they had by it.
        self.look_at_holders_now();
        Ok(())
    }
}

fn resource(group: &DirectoryGroup, base: &str) -> Object {
    let version = version::of(&group.said);
    whole(&GROUP, base, &group.id, group.said.attributes(base), &version, (group.created, group.modified))
}
