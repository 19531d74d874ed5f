//! A child onto its base, key by key as the table says. What asks for more than the base has is recorded and has no
//! effect, so that the result never allows what a base denies.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use crate::source::{Label, Sources, Span, Spanned};

use super::check::identity;
use super::combine::{inherited, keys_of, newcomer_is_fine, plain, rank, union};
use super::cover::Covered;
use super::guest_path::is_within;
use super::keys::{Key, Merge, POLICY, Record, SEGMENTED, SEVERITIES, Shape};
use super::model::Widening;
use super::scalar::shown;
use super::show::redacted;
use super::tree::{Item, Map, Value};
use super::vocabulary::Vocabulary;

/// The most widenings that are told; the others have no effect either.
const MAX_WIDENINGS: usize = 1000;

/// What merging a chain yields beside the tree.
#[derive(Debug)]
pub struct Merger<'s> {
    sources: &'s Sources,
    known: &'s Vocabulary<'s>,
    /// Where a child asks for more.
    pub widenings: Vec<Widening>,
    /// By rule: the base's severity that a child lowers.
    pub lowered: BTreeMap<String, Spanned<String>>,
    /// By rule: the settings that a child adds without leave of its base.
    pub bound: BTreeMap<String, BTreeSet<String>>,
    /// Waivers of files between the child and the last base that their bases permit.
    pub permitted: HashSet<Span>,
    waivable: HashSet<String>,
    path: Vec<String>,
    segmented: bool,
    budget: usize,
}

impl<'s> Merger<'s> {
    /// Starts with the texts that the trees' places point into.
    pub fn new(sources: &'s Sources, known: &'s Vocabulary<'s>) -> Self {
        Self {
            sources,
            known,
            widenings: Vec::new(),
            lowered: BTreeMap::new(),
            bound: BTreeMap::new(),
            permitted: HashSet::new(),
            waivable: HashSet::new(),
            path: Vec::new(),
            segmented: false,
            budget: 1_000_000,
        }
    }

    /// Merges one file onto the result for its base.
    pub fn file(&mut self, child: Item, base: Item) -> Item {
        let base = inherited(base);
        let waivable = base.get("waivable").map(Item::items).unwrap_or_default();
        self.waivable = waivable
            .iter()
            .filter_map(|item| item.text().map(str::to_owned))
            .collect();
        self.bind(&child, &base);
        self.permit(&child);
        self.record(&POLICY, child, base)
    }

    /// Notes what a child says of rules that its base leaves at their defaults and does not let it lower.
    fn bind(&mut self, child: &Item, base: &Item) {
        let entries = |item: Option<&Item>| match item.map(|item| &item.value) {
            Some(Value::Map(map)) => map.clone(),
            _ => Map::new(),
        };
        let stated = entries(base.get("rules"));
        for (rule, setting) in entries(child.get("rules")) {
            if self.waivable.contains(&rule) {
                continue;
            }
            let known = entries(stated.get(&rule));
            let added = entries(Some(&setting)).into_keys();
            let added = added.filter(|name| !known.contains_key(name));
            self.bound.entry(rule).or_default().extend(added);
        }
    }

    fn record(&mut self, record: &'static Record, child: Item, base: Item) -> Item {
        let (at, base_at) = ((child.span, child.key), base.key);
        let (Value::Map(child), Value::Map(mut base)) = (child.value, base.value) else {
            return Item::default();
        };
        if let Some(role) = base.get("role").and_then(Item::text) {
            self.segmented = SEGMENTED.contains(&role);
        }
        let mut merged = Map::new();
        for (name, item) in child {
            let Some(key) = record.key(&name) else {
                continue;
            };
            self.path.push(name.clone());
            let item = match base.remove(&name) {
                Some(base) => Some(self.pair(key, item, base)),
                None if newcomer_is_fine(record, key, &item) => Some(item),
                None => {
                    self.widen(&item, base_at, "it is not there", false);
                    None
                }
            };
            self.path.pop();
            merged.extend(item.map(|item| (name, item)));
        }
        base.extend(merged);
        Item {
            span: at.0,
            key: at.1,
            value: Value::Map(base),
        }
    }

    fn pair(&mut self, key: &'static Key, child: Item, base: Item) -> Item {
        match key.merge {
            Merge::Own | Merge::Replace => child,
            Merge::Same | Merge::Fixed(_) => {
                self.keep(child.value == base.value, child, base, false)
            }
            Merge::Smaller => self.keep(child.number() <= base.number(), child, base, true),
            Merge::Larger => self.keep(child.number() >= base.number(), child, base, true),
            Merge::Narrower(order, _) => self.keep(
                rank(order, &child) <= rank(order, &base),
                child,
                base,
                false,
            ),
            Merge::Below => {
                let within = matches!((child.text(), base.text()), (Some(inner), Some(outer)) if is_within(inner, outer) || inner == outer);
                self.keep(within, child, base, false)
            }
            Merge::Intersect(cover) => self.intersect(cover, child, base),
            Merge::Subset | Merge::Waivable => self.subset(child, &base),
            Merge::Union => union(child, base),
            Merge::Waivers => Self::waivers(&child, &base),
            Merge::Severity => self.severity(child, base),
            Merge::Parameter => {
                let fine = child.value == base.value || self.is_waivable();
                self.keep(fine, child, base, false)
            }
            Merge::Parts | Merge::Known | Merge::Added => self.parts(key, child, base),
        }
    }

    /// The child's where it is no more than the base's, else the base's with a record of what was asked.
    fn keep(&mut self, fine: bool, child: Item, base: Item, ceiling: bool) -> Item {
        if fine {
            return child;
        }
        let has = self.written(base.span);
        self.widen(&child, base.span, &has, ceiling);
        base
    }

    fn written(&self, span: Span) -> String {
        shown(&redacted(self.sources.slice(span)))
    }

    fn widen(&mut self, child: &Item, base: Span, has: &str, ceiling: bool) {
        if self.widenings.len() >= MAX_WIDENINGS {
            return;
        }
        let asked = self.written(child.span);
        let label = |span: Span, text: &str| Label {
            span,
            text: text.to_owned(),
        };
        self.widenings.push(Widening {
            key: self.path.join("."),
            asked,
            base: has.to_owned(),
            ceiling,
            labels: vec![
                label(child.span, "asks for more"),
                label(base, "than the base has here"),
            ],
        });
    }

    fn parts(&mut self, key: &'static Key, child: Item, base: Item) -> Item {
        let only_known = matches!(key.merge, Merge::Known);
        match key.shape {
            Shape::Map(record) => self.record(record, child, base),
            Shape::MapOf(_, value) => self.names(value, only_known, child, base),
            Shape::Entries(record, by) => self.entries((record, by), only_known, child, base),
            _ => base,
        }
    }

    fn names(&mut self, key: &'static Key, only_known: bool, child: Item, base: Item) -> Item {
        let (at, base_at) = ((child.span, child.key), base.key);
        let (Value::Map(child), Value::Map(mut base)) = (child.value, base.value) else {
            return Item::default();
        };
        for (name, item) in child {
            self.path.push(name.clone());
            let item = match base.remove(&name) {
                Some(base) => Some(self.pair(key, item, base)),
                None if only_known => {
                    self.widen(&item, base_at, "it is not there", false);
                    None
                }
                None => Some(item),
            };
            self.path.pop();
            base.extend(item.map(|item| (name, item)));
        }
        Item {
            span: at.0,
            key: at.1,
            value: Value::Map(base),
        }
    }

    fn entries(
        &mut self,
        (record, by): (&'static Record, &[&str]),
        only_known: bool,
        child: Item,
        base: Item,
    ) -> Item {
        let (at, base_at) = ((child.span, child.key), base.key);
        let (Value::List(child), Value::List(base)) = (child.value, base.value) else {
            return Item::default();
        };
        let owned = |item: &Item| identity(item, by).join(" ");
        let mut order: Vec<Option<Item>> = base.into_iter().map(Some).collect();
        let places: HashMap<String, usize> = order
            .iter()
            .enumerate()
            .filter_map(|(at, item)| Some((owned(item.as_ref()?), at)))
            .collect();
        let mut new = Vec::new();
        for item in child {
            let name = owned(&item);
            let slot = places.get(&name).and_then(|at| order.get_mut(*at));
            let found = slot.and_then(|slot| slot.take().map(|base| (slot, base)));
            if let Some(last) = self.path.last_mut() {
                last.push(' ');
                last.push_str(&name);
            }
            match found {
                Some((slot, base)) => *slot = Some(self.record(record, item, base)),
                None if only_known => self.widen(&item, base_at, "it is not there", false),
                None => new.push(item),
            }
            if let Some(last) = self.path.last_mut() {
                last.truncate(last.len().saturating_sub(name.len() + 1));
            }
        }
        let list = order.into_iter().flatten().chain(new).collect();
        Item {
            span: at.0,
            key: at.1,
            value: Value::List(list),
        }
    }

    fn intersect(&mut self, cover: super::keys::Cover, child: Item, base: Item) -> Item {
        let (Value::Layers(mut layers), Value::Layers(base_layers)) = (child.value, base.value)
        else {
            return Item::default();
        };
        for layer in &base_layers {
            let covered = Covered::new(layer, cover, self.segmented, self.known, &mut self.budget);
            for item in layers.iter().flatten() {
                if !covered.holds(item, &mut self.budget) {
                    self.widen(item, base.key, "it does not list this", false);
                }
            }
        }
        layers.extend(base_layers);
        Item {
            span: child.span,
            key: child.key,
            value: Value::Layers(layers),
        }
    }

    fn subset(&mut self, child: Item, base: &Item) -> Item {
        let (at, allowed) = ((child.span, child.key), keys_of(base));
        let Value::List(items) = child.value else {
            return Item::default();
        };
        let (fine, wide): (Vec<Item>, Vec<Item>) = items
            .into_iter()
            .partition(|item| allowed.contains(&plain(item)));
        for item in wide {
            self.widen(&item, base.key, "it does not list this", false);
        }
        Item {
            span: at.0,
            key: at.1,
            value: Value::List(fine),
        }
    }

    fn is_waivable(&self) -> bool {
        self.rule().is_some_and(|rule| self.waivable.contains(rule))
    }

    /// The rule whose settings are being merged: `rules.<rule>.severity`.
    fn rule(&self) -> Option<&String> {
        self.path.get(1)
    }

    fn severity(&mut self, child: Item, base: Item) -> Item {
        let Some(rule) = self.rule().cloned() else {
            return base;
        };
        if rank(SEVERITIES, &child) >= rank(SEVERITIES, &base) {
            self.lowered.remove(&rule);
            return child;
        }
        let was = base.text().unwrap_or_default().to_owned();
        self.lowered.insert(rule, Spanned::new(was, base.span));
        if self.is_waivable() {
            return child;
        }
        Item {
            value: base.value,
            ..child
        }
    }

    /// Notes the waivers that the base permits, whether or not it has waivers of its own.
    fn permit(&mut self, child: &Item) {
        let waivers = child.get("waivers").map(Item::items).unwrap_or_default();
        for waiver in waivers {
            let rule = waiver.get("rule").and_then(Item::text);
            if rule.is_some_and(|rule| self.waivable.contains(rule)) {
                self.permitted.insert(waiver.span);
            }
        }
    }

    fn waivers(child: &Item, base: &Item) -> Item {
        let list = child.items().iter().chain(base.items()).cloned().collect();
        Item {
            span: child.span,
            key: child.key,
            value: Value::List(list),
        }
    }
}
