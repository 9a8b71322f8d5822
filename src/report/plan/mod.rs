//! Link plans and fits, for people and as pictures. Their JSON is that of their types.

mod fit;
mod picture;
mod text;

pub use fit::fit_text;
pub use picture::picture;
pub use text::text;
