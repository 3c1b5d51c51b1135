//! Commands on topics and subscriptions.

use super::backlog::Backlog;
use super::model::{DELETED_TOPIC, Topic};
use super::push::Push;
use super::refusal::Refusal;
use super::subscription::Subscription;
use super::topic_log::TopicLog;
use super::{Event, PubSub, names};

impl PubSub {
    /// Creates a topic.
    ///
    /// # Errors
    /// When the name is invalid or taken, a setting is out of range, or the schema does not exist.
    pub fn create_topic(&self, topic: Topic) -> Result<Vec<Event>, Refusal> {
        topic.check()?;
        self.check_schema_settings(&topic)?;
        if self.topics.contains_key(&topic.name) {
            return Err(Refusal::already_exists(&topic.name));
        }
        Ok(vec![Event::TopicSaved(topic)])
    }

    /// Replaces a topic's settings.
    ///
    /// # Errors
    /// When the topic or its schema does not exist, or a setting is out of range.
    pub fn update_topic(&self, topic: Topic) -> Result<Vec<Event>, Refusal> {
        let current = self.topic(&topic.name)?;
        topic.check()?;
        if current.schema != topic.schema {
            self.check_schema_settings(&topic)?;
        }
        Ok(vec![Event::TopicSaved(topic)])
    }

    /// Deletes a topic. Its subscriptions keep their messages, and get no new ones.
    ///
    /// # Errors
    /// When it does not exist.
    pub fn delete_topic(&self, name: &str) -> Result<Vec<Event>, Refusal> {
        self.topic(name)?;
        Ok(vec![Event::TopicDeleted { name: name.to_owned() }])
    }

    /// # Errors
    /// When the topic does not exist.
    pub fn topic(&self, name: &str) -> Result<&Topic, Refusal> {
        names::check_topic(name)?;
        Ok(&self.topics.get(name).ok_or_else(|| Refusal::not_found(name))?.config)
    }

    /// The topics of `projects/P`, sorted by name.
    ///
    /// # Errors
    /// When `project` is not the name of a project.
    pub fn topics<'a>(&'a self, project: &str) -> Result<impl Iterator<Item = &'a Topic>, Refusal> {
        names::check_project(project)?;
        let prefix = format!("{project}/topics/");
        Ok(self
            .topics
            .values()
            .map(|topic| &topic.config)
            .filter(move |topic| topic.name.starts_with(&prefix)))
    }

    /// Creates a subscription. It gets messages that are published from now on.
    ///
    /// # Errors
    /// When a setting is out of range, the name is taken, or the topic or the dead-letter topic
    /// does not exist.
    pub fn create_subscription(&self, config: Subscription) -> Result<Vec<Event>, Refusal> {
        config.check()?;
        if self.subscriptions.contains_key(&config.name) {
            return Err(Refusal::already_exists(&config.name));
        }
        self.topic(&config.topic)?;
        self.check_dead_letter_topic(&config)?;
        Ok(vec![Event::SubscriptionSaved(Box::new(config))])
    }

    /// Replaces a subscription's settings.
    ///
    /// # Errors
    /// When the subscription does not exist, a setting is out of range, or an immutable one (topic,
    /// filter, ordering) differs.
    pub fn update_subscription(&self, config: Subscription) -> Result<Vec<Event>, Refusal> {
        let current = self.subscription(&config.name)?;
        config.check()?;
        for (field, same) in [
            ("topic", current.topic == config.topic),
            ("filter", current.filter == config.filter),
            ("enable_message_ordering", current.ordered == config.ordered),
        ] {
            if !same {
                return Err(Refusal::invalid(format!(
                    "{field} of a subscription cannot be changed"
                )));
            }
        }
        self.check_dead_letter_topic(&config)?;
        Ok(vec![Event::SubscriptionSaved(Box::new(config))])
    }

    /// Deletes a subscription and its messages.
    ///
    /// # Errors
    /// When it does not exist.
    pub fn delete_subscription(&self, name: &str) -> Result<Vec<Event>, Refusal> {
        self.subscription(name)?;
        Ok(vec![Event::SubscriptionDeleted { name: name.to_owned() }])
    }

    /// # Errors
    /// When the subscription does not exist.
    pub fn subscription(&self, name: &str) -> Result<&Subscription, Refusal> {
        names::check_subscription(name)?;
        Ok(self.backlog(name)?.config())
    }

    /// Changes where a subscription's messages are sent. `None` makes it a pull subscription.
    ///
    /// # Errors
    /// When the subscription does not exist, or the settings are invalid.
    pub fn modify_push(&self, name: &str, push: Option<Push>) -> Result<Vec<Event>, Refusal> {
        let config = Subscription { push, ..self.subscription(name)?.clone() };
        config.check()?;
        Ok(vec![Event::SubscriptionSaved(Box::new(config))])
    }

    /// The subscriptions of `projects/P`, sorted by name.
    ///
    /// # Errors
    /// When `project` is not the name of a project.
    pub fn subscriptions<'a>(
        &'a self,
        project: &str,
    ) -> Result<impl Iterator<Item = &'a Subscription>, Refusal> {
        names::check_project(project)?;
        let prefix = format!("{project}/subscriptions/");
        Ok(self
            .subscriptions
            .values()
            .map(Backlog::config)
            .filter(move |config| config.name.starts_with(&prefix)))
    }

    /// The push subscriptions of all projects.
    pub fn pushed(&self) -> impl Iterator<Item = &Subscription> {
        self.subscriptions
            .values()
            .map(Backlog::config)
            .filter(|config| config.push.is_some() && !config.detached)
    }

    /// How long the subscription's topic retains every message for a seek.
    #[must_use]
    pub fn kept_by_topic(&self, subscription: &Subscription) -> Option<std::time::Duration> {
        self.topics.get(&subscription.topic).and_then(|topic| topic.config.retention)
    }

    /// The subscriptions that are attached to a topic, sorted by name.
    ///
    /// # Errors
    /// When the topic does not exist.
    pub fn topic_subscriptions<'a>(
        &'a self,
        topic: &'a str,
    ) -> Result<impl Iterator<Item = &'a Subscription>, Refusal> {
        self.topic(topic)?;
        let configs = self.subscriptions.values().map(Backlog::config);
        Ok(configs.filter(move |config| config.topic == topic && !config.detached))
    }

    fn check_dead_letter_topic(&self, config: &Subscription) -> Result<(), Refusal> {
        config
            .dead_letter
            .as_ref()
            .map_or(Ok(()), |dead_letter| self.topic(&dead_letter.topic).map(|_| ()))
    }

    pub(super) fn remove_topic(&mut self, name: &str) {
        self.topics.remove(name);
        self.orphan_snapshots(name);
        for backlog in
            self.subscriptions.values_mut().filter(|backlog| backlog.config().topic == name)
        {
            let orphaned =
                Subscription { topic: DELETED_TOPIC.to_owned(), ..backlog.config().clone() };
            backlog.set_config(orphaned);
        }
    }

    pub(super) fn save_topic(&mut self, config: Topic) {
        match self.topics.get_mut(&config.name) {
            Some(topic) => topic.set_config(config),
            None => {
                self.topics.insert(config.name.clone(), TopicLog::new(config));
            }
        }
    }

    pub(super) fn save_subscription(&mut self, config: Subscription) {
        match self.subscriptions.get_mut(&config.name) {
            Some(backlog) => backlog.set_config(config),
            None => {
                self.subscriptions.insert(config.name.clone(), Backlog::new(config));
            }
        }
    }
}
