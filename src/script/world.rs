//! What the host offers, under the names that it has in a language.

use super::Language;
use crate::base::same_interface;
use std::fmt::Write;

/// Functions of the host that take names of resources or hand them over.
#[derive(Clone, Debug, Default)]
pub struct World {
    /// The functions.
    pub functions: Vec<HostFunction>,
}

/// A function of the host.
#[derive(Clone, Debug)]
pub struct HostFunction {
    /// Its interface with version: `wasi:config/store@0.2.0-rc.1`.
    pub interface: String,
    /// Its name: `get`, `[method]bucket.get`.
    pub function: String,
    /// What it does with names; the number is the caller's own.
    pub does: Vec<(usize, Does)>,
}

/// What a function does with names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Does {
    /// An argument is a name.
    Takes {
        /// Which; `self` does not count.
        argument: usize,
        /// The part of it.
        path: Vec<Step>,
        /// Whether it is only how names begin.
        prefix: bool,
    },
    /// The result is the list of all names with their values.
    Gives,
    /// The call goes through all names.
    Enumerates,
}

/// One step into a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// A field of a record.
    Field(String),
    /// An item of a tuple.
    Item(usize),
    /// Each element of a list.
    Each,
}

/// A thing that an interface offers in a language.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Offered<'w> {
    /// A function, by its number.
    Function(usize),
    /// A resource.
    Resource(&'w str),
}

impl HostFunction {
    /// The interface without version, and the version.
    fn parts(&self) -> (&str, Option<&str>) {
        match self.interface.split_once('@') {
            Some((name, version)) => (name, Some(version)),
            None => (&self.interface, None),
        }
    }

    /// The resource and the name within, and whether it is called on an object.
    fn member(&self) -> Option<(&str, &str, bool)> {
        let (mark, rest) = self.function.strip_prefix('[')?.split_once(']')?;
        match mark {
            "constructor" => Some((rest, "", false)),
            _ => {
                let (resource, name) = rest.split_once('.')?;
                Some((resource, name, mark == "method"))
            }
        }
    }

    /// Whether a module of a program stands for the interface of this function.
    pub(crate) fn is_of(&self, module: &str, language: Language) -> bool {
        let (name, version) = self.parts();
        match language {
            // Tools unite imports on one version track.
            Language::JavaScript => match module.contains('@') {
                true => same_interface(module, &self.interface),
                false => module == name,
            },
            Language::Python => {
                let Some((package, last)) = module.rsplit_once('.') else {
                    return false;
                };
                let imports = package == "imports" || package.ends_with(".imports");
                imports && python_modules(name, version).iter().any(|n| n == last)
            }
        }
    }
}

/// The names that the generator of bindings may give the module of an interface: as much of
/// the name as keeps it apart from others.
fn python_modules(name: &str, version: Option<&str>) -> Vec<String> {
    let snake = |text: &str| -> String {
        let word = |c: char| if c.is_ascii_alphanumeric() { c } else { '_' };
        text.chars().map(word).collect()
    };
    let mut names = Vec::new();
    if let Some((package, interface)) = name.split_once('/') {
        names.push(snake(interface));
        if let Some((_, package)) = package.split_once(':') {
            names.push(snake(&format!("{package} {interface}")));
        }
    }
    names.push(snake(name));
    if let Some(version) = version {
        let mut full = snake(name);
        let _ = write!(full, "_{}", snake(version));
        names.push(full);
    }
    names
}

/// `get-all` as a language writes names of functions.
pub(crate) fn function_name(kebab: &str, language: Language) -> String {
    match language {
        Language::Python => kebab.replace('-', "_"),
        Language::JavaScript => {
            let mut words = kebab.split('-');
            let first = words.next().unwrap_or_default().to_string();
            words.fold(first, |name, word| name + &capital(word))
        }
    }
}

/// `key-response` as both languages write names of types.
pub(crate) fn type_name(kebab: &str) -> String {
    kebab.split('-').map(capital).collect()
}

fn capital(word: &str) -> String {
    let mut chars = word.chars();
    let first = chars.next().map(|c| c.to_ascii_uppercase());
    first.into_iter().chain(chars).collect()
}

impl World {
    /// What a module of a program offers under a name.
    pub(crate) fn offered(
        &self,
        module: &str,
        name: &str,
        language: Language,
    ) -> Option<Offered<'_>> {
        let of_module = || {
            let all = self.functions.iter().enumerate();
            all.filter(|(_, f)| f.is_of(module, language))
        };
        of_module().find_map(|(index, function)| match function.member() {
            None if function_name(&function.function, language) == name => {
                Some(Offered::Function(index))
            }
            Some((resource, _, _)) if type_name(resource) == name => {
                Some(Offered::Resource(resource))
            }
            _ => None,
        })
    }

    /// Methods of a name, of any resource: of those of the module if there is one, else of
    /// all.
    pub(crate) fn methods(&self, module: &str, name: &str, language: Language) -> Vec<usize> {
        let named = |function: &HostFunction| {
            matches!(function.member(), Some((_, method, true))
                if function_name(method, language) == name)
        };
        let all: Vec<usize> = (0..self.functions.len())
            .filter(|i| named(&self.functions[*i]))
            .collect();
        let of_module = |i: &usize| self.functions[*i].is_of(module, language);
        match all.iter().any(of_module) {
            true => all.into_iter().filter(of_module).collect(),
            false => all,
        }
    }

    /// The static function of a resource, or its constructor if `name` is empty.
    pub(crate) fn of_resource(
        &self,
        module: &str,
        resource: &str,
        name: &str,
        language: Language,
    ) -> Option<usize> {
        let all = self.functions.iter();
        all.enumerate().find_map(|(index, function)| {
            let (of, member, method) = function.member()?;
            let fits = of == resource
                && !method
                && function_name(member, language) == name
                && function.is_of(module, language);
            fits.then_some(index)
        })
    }

    /// The function that hands over all names with their values, for what languages offer
    /// without an import.
    pub(crate) fn list(&self) -> Option<usize> {
        let gives = |f: &HostFunction| f.does.iter().any(|(_, does)| *does == Does::Gives);
        self.functions.iter().position(gives)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_the_languages() {
        assert_eq!(function_name("get-all", Language::JavaScript), "getAll");
        assert_eq!(function_name("get-all", Language::Python), "get_all");
        assert_eq!(type_name("key-response"), "KeyResponse");
        let names = python_modules("wasi:config/store", Some("0.2.0-rc.1"));
        let all = ["store", "config_store", "wasi_config_store"];
        assert_eq!(names[..3], all);
        assert_eq!(names[3], "wasi_config_store_0_2_0_rc_1");
    }

    #[test]
    fn a_version_that_is_given_must_fit() {
        let function = HostFunction {
            interface: "wasi:config/store@0.2.0-rc.1".into(),
            function: "get".into(),
            does: Vec::new(),
        };
        let js = |module: &str| function.is_of(module, Language::JavaScript);
        assert!(js("wasi:config/store@0.2.0-rc.1") && js("wasi:config/store"));
        assert!(!js("wasi:config/store@0.2.0") && !js("wasi:config/store2"));
        let py = |module: &str| function.is_of(module, Language::Python);
        assert!(py("wit_world.imports.wasi_config_store") && py("my.imports.store"));
        assert!(!py("wit_world.exports.store") && !py("store"));
    }
}
