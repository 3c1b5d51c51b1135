//! Commands on topics and subscriptions.

use super::backlog::Backlog;
use super::model::{DELETED_TOPIC, Subscription, Topic};
use super::refusal::Refusal;
use super::{Event, PubSub, names};

impl PubSub {
    /// Creates a topic.
    ///
    /// # Errors
    /// When the name is not allowed or taken.
    pub fn create_topic(&self, topic: Topic) -> Result<Vec<Event>, Refusal> {
        names::check_topic(&topic.name)?;
        if self.topics.contains_key(&topic.name) {
            return Err(Refusal::already_exists(&topic.name));
        }
        Ok(vec![Event::TopicSaved(topic)])
    }

    /// Replaces a topic's settings.
    ///
    /// # Errors
    /// When it does not exist.
    pub fn update_topic(&self, topic: Topic) -> Result<Vec<Event>, Refusal> {
        self.topic(&topic.name)?;
        Ok(vec![Event::TopicSaved(topic)])
    }

    /// Deletes a topic. Its subscriptions keep what they hold, and get no more.
    ///
    /// # Errors
    /// When it does not exist.
    pub fn delete_topic(&self, name: &str) -> Result<Vec<Event>, Refusal> {
        self.topic(name)?;
        Ok(vec![Event::TopicDeleted { name: name.to_owned() }])
    }

    /// A topic.
    ///
    /// # Errors
    /// When it does not exist.
    pub fn topic(&self, name: &str) -> Result<&Topic, Refusal> {
        names::check_topic(name)?;
        self.topics.get(name).ok_or_else(|| Refusal::not_found(name))
    }

    /// The topics of `projects/P`, by name.
    pub fn topics<'a>(&'a self, project: &str) -> impl Iterator<Item = &'a Topic> {
        let prefix = format!("{project}/topics/");
        self.topics.values().filter(move |topic| topic.name.starts_with(&prefix))
    }

    /// Creates a subscription. It gets what is published from now on.
    ///
    /// # Errors
    /// When a setting is out of its limits, the name is taken, or the topic or the dead-letter topic does not exist.
    pub fn create_subscription(&self, config: Subscription) -> Result<Vec<Event>, Refusal> {
        config.check()?;
        if self.subscriptions.contains_key(&config.name) {
            return Err(Refusal::already_exists(&config.name));
        }
        self.topic(&config.topic)?;
        self.check_dead_letter_topic(&config)?;
        Ok(vec![Event::SubscriptionSaved(config)])
    }

    /// Replaces a subscription's settings.
    ///
    /// # Errors
    /// When it does not exist, a setting is out of its limits, or one that cannot be changed (topic, filter, ordering) differs.
    pub fn update_subscription(&self, config: Subscription) -> Result<Vec<Event>, Refusal> {
        let current = self.subscription(&config.name)?;
        config.check()?;
        for (field, same) in [
            ("topic", current.topic == config.topic),
            ("filter", current.filter == config.filter),
            ("enable_message_ordering", current.ordered == config.ordered),
        ] {
            if !same {
                return Err(Refusal::invalid(format!("{field} of a subscription cannot be changed")));
            }
        }
        self.check_dead_letter_topic(&config)?;
        Ok(vec![Event::SubscriptionSaved(config)])
    }

    /// Deletes a subscription with all that it holds.
    ///
    /// # Errors
    /// When it does not exist.
    pub fn delete_subscription(&self, name: &str) -> Result<Vec<Event>, Refusal> {
        self.subscription(name)?;
        Ok(vec![Event::SubscriptionDeleted { name: name.to_owned() }])
    }

    /// A subscription's settings.
    ///
    /// # Errors
    /// When it does not exist.
    pub fn subscription(&self, name: &str) -> Result<&Subscription, Refusal> {
        names::check_subscription(name)?;
        Ok(self.backlog(name)?.config())
    }

    /// The subscriptions of `projects/P`, by name.
    pub fn subscriptions<'a>(&'a self, project: &str) -> impl Iterator<Item = &'a Subscription> {
        let prefix = format!("{project}/subscriptions/");
        self.subscriptions.values().map(Backlog::config).filter(move |config| config.name.starts_with(&prefix))
    }

    /// The subscriptions attached to a topic, by name.
    ///
    /// # Errors
    /// When the topic does not exist.
    pub fn topic_subscriptions<'a>(&'a self, topic: &'a str) -> Result<impl Iterator<Item = &'a Subscription>, Refusal> {
        self.topic(topic)?;
        Ok(self.subscriptions.values().map(Backlog::config).filter(move |config| config.topic == topic))
    }

    fn check_dead_letter_topic(&self, config: &Subscription) -> Result<(), Refusal> {
        config.dead_letter.as_ref().map_or(Ok(()), |dead_letter| self.topic(&dead_letter.topic).map(|_| ()))
    }

    pub(super) fn remove_topic(&mut self, name: &str) {
        self.topics.remove(name);
        for backlog in self.subscriptions.values_mut().filter(|backlog| backlog.config().topic == name) {
            let detached = Subscription { topic: DELETED_TOPIC.to_owned(), ..backlog.config().clone() };
            backlog.set_config(detached);
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
