//! 主题建议: the office's own model, trained on the items that carry a subject, kept in a file of the data folder.
//!
//! What an editor has corrected is what the store holds, so training again learns from it.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use serde::Serialize;

use crate::store::{Store, StoreError, feed_items_after};
use crate::text::{Labelled, ModelError, Segmenter, SubjectModel, Suggestion};

/// Items read at once.
const PAGE: i64 = 500;
/// Parts of the items that are each answered by a model trained without them.
const FOLDS: usize = 5;
/// Fewer labelled items teach nothing that holds.
const FEWEST: usize = 20;
/// Subjects suggested for one item.
const SHOWN: usize = 3;

/// Why there is no model.
#[derive(Debug, thiserror::Error)]
pub enum SubjectsError {
    /// The facts.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The file cannot be read or written.
    #[error("主题模型文件存取失败：{0}")]
    File(#[from] std::io::Error),
    /// The file is no model.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// Too little to learn from.
    #[error("带主题的来稿只有 {items} 件、{subjects} 类，至少需要 {FEWEST} 件、2 类；请先为来稿标注主题")]
    TooFew {
        /// Items that carry a subject.
        items: usize,
        /// Different subjects.
        subjects: usize,
    },
}

/// What training gave.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Trained {
    /// Items learned from.
    pub items: usize,
    /// How many of each subject.
    pub subjects: BTreeMap<String, usize>,
    /// How often the first suggestion was right for items that the asked model had not seen.
    pub accuracy: f64,
}

/// The model and its file.
pub struct Subjects {
    path: PathBuf,
    segmenter: Segmenter,
    known: Mutex<Option<(SystemTime, Arc<SubjectModel>)>>,
}

impl Subjects {
    /// With `subjects.model` in the data folder, which need not be there yet.
    pub fn new(dir: &Path, segmenter: Segmenter) -> Self {
        Self { path: dir.join("subjects.model"), segmenter, known: Mutex::default() }
    }

    /// The likeliest subjects of a text; `None` before the first training. Blocking.
    ///
    /// # Errors
    /// [`SubjectsError`] when the file cannot be read.
    pub fn suggest(&self, title: &str, body: &str) -> Result<Option<Vec<Suggestion>>, SubjectsError> {
        let model = self.model()?;
        Ok(model.map(|model| model.suggest(title, body, &self.segmenter, SHOWN)))
    }

    /// The model in the file; read again when another training has replaced it.
    fn model(&self) -> Result<Option<Arc<SubjectModel>>, SubjectsError> {
        let modified = match std::fs::metadata(&self.path).and_then(|data| data.modified()) {
            Ok(modified) => modified,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((at, model)) = known.as_ref()
            && *at == modified
        {
            return Ok(Some(Arc::clone(model)));
        }
        let model = Arc::new(SubjectModel::from_bytes(&std::fs::read(&self.path)?)?);
        *known = Some((modified, Arc::clone(&model)));
        Ok(Some(model))
    }

    /// Trains on every item of the store that carries a subject, and puts the model in place. Blocking.
    ///
    /// # Errors
    /// [`SubjectsError`]; the model in use stays then.
    pub fn train(&self, store: &Store) -> Result<Trained, SubjectsError> {
        let (items, folds) = self.labelled(store)?;
        let mut subjects = BTreeMap::<String, usize>::new();
        items.iter().for_each(|item| *subjects.entry(item.subject().to_owned()).or_default() += 1);
        if items.len() < FEWEST || subjects.len() < 2 {
            return Err(SubjectsError::TooFew { items: items.len(), subjects: subjects.len() });
        }
        let part = |fold: usize, own: bool| -> Vec<&Labelled> {
            items.iter().zip(&folds).filter(|(_, f)| (**f == fold) == own).map(|(item, _)| item).collect()
        };
        let models: Vec<SubjectModel> =
            (0..FOLDS).map(|fold| SubjectModel::train(&part(fold, false))).collect();
        let held_out: Vec<(&SubjectModel, &Labelled)> = (0..FOLDS)
            .flat_map(|fold| part(fold, true).into_iter().map(move |item| (fold, item)))
            .map(|(fold, item)| (&models[fold], item))
            .collect();
        let right = held_out
            .iter()
            .filter(|(model, item)| {
                model.subjects().get(model.best(item)).is_some_and(|said| said == item.subject())
            })
            .count();
        let mut model = SubjectModel::train(&items.iter().collect::<Vec<_>>());
        model.calibrate(&held_out);
        self.replace(&model.to_bytes())?;
        Ok(Trained { items: items.len(), subjects, accuracy: right as f64 / items.len() as f64 })
    }

    /// The labelled items, and the fold of each: a function of the folded text, so that exact repeats share one.
    fn labelled(&self, store: &Store) -> Result<(Vec<Labelled>, Vec<usize>), SubjectsError> {
        let (mut items, mut folds, mut no) = (Vec::new(), Vec::new(), 0);
        loop {
            let page = store.read(move |sql| feed_items_after(sql, no, PAGE)).wait()?;
            let Some(last) = page.last() else { return Ok((items, folds)) };
            no = last.no;
            for item in &page {
                let Some(subject) = &item.subject else { continue };
                let submission = item.submission()?;
                let (title, body) = (submission.title.as_str(), submission.text.plain());
                items.push(Labelled::new(title, &body, subject, &self.segmenter));
                folds.push(usize::from(item.fold.as_bytes()[0]) % FOLDS);
            }
        }
    }

    /// Written beside and renamed, so that a reader never meets half a model.
    fn replace(&self, bytes: &[u8]) -> std::io::Result<()> {
        let half = self.path.with_extension("model.new");
        let mut file = std::fs::File::create(&half)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        std::fs::rename(&half, &self.path)
    }
}
