//! The kinds of machine that the emulator can play, by the words of its command line, and what the library calls the
//! source of their tokens.

use crate::Result;

pub struct Host {
    pub name: &'static str,
    /// What a token from there says.
    pub source: &'static str,
    /// Whether the library finds the source by itself; one that it does not is asked for by name.
    pub is_detected: bool,
}

const fn host(name: &'static str, source: &'static str) -> Host {
    Host {
        name,
        source,
        is_detected: true,
    }
}

pub const HOSTS: &[Host] = &[
    host("imds", "imds"),
    host("app-service", "app-service"),
    host("functions", "app-service"),
    host("container-apps", "app-service"),
    host("automation", "app-service"),
    host("hybrid-worker", "app-service"),
    host("arc", "arc"),
    host("arc-kubernetes", "app-service"),
    host("cloud-shell", "cloud-shell"),
    host("service-fabric", "service-fabric"),
    host("azure-ml", "azure-ml"),
    host("workload-identity", "workload-identity"),
    Host {
        name: "app-service-2017",
        source: "app-service-2017",
        is_detected: false,
    },
];

impl Host {
    /// Whether it needs the folder of Azure Arc's agent.
    pub fn is_arc(&self) -> bool {
        self.source == "arc"
    }

    /// The source to ask for by name, where the library does not find it by itself.
    pub fn forced(&self) -> Option<&'static str> {
        (!self.is_detected).then_some(self.source)
    }
}

/// The host that a word means.
pub fn named(name: &str) -> Result<&'static Host> {
    HOSTS.iter().find(|host| host.name == name).ok_or_else(|| {
        let names: Vec<_> = HOSTS.iter().map(|host| host.name).collect();
        format!("there is no source {name:?}, only {}", names.join(", ")).into()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_word_is_refused_with_the_list_of_those_there_are() {
        let error = named("imsd").err().unwrap().to_string();
        assert!(error.contains("\"imsd\""), "{error}");
        for host in HOSTS {
            assert!(error.contains(host.name), "{error}");
        }
    }
}
