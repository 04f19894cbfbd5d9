//! Rules: ListRules.

use jiff::Timestamp;

use super::ListEndpoint;
use super::record::record;
use crate::decode::ListShape;
use crate::task::Json;

impl ListEndpoint {
    /// The rules: [`Rule`]. Count and marker are beside the rows.
    pub const RULES: Self = Self::new("rules", ListShape::new("rules").identified_by("rule_id").without_page_object());
}

record! {
    /// A rule: what is to be done when something is the case.
    Rule identified by rule_id as "rule" {
        /// The rule's identity.
        rule_id: String,
        /// Its name.
        name: Option<String>,
        /// What its creator says of it.
        description: Option<String>,
        /// When it acts.
        condition_group: Option<ConditionGroup>,
        /// What it does.
        #[serde(default, deserialize_with = "super::record::few")]
        actions: Option<Vec<RuleAction>>,
        /// Its kind: `DEVICE_LINKAGE`, say.
        rule_type: Option<String>,
        /// Whether it is in force: `active` or `inactive`, say.
        status: Option<String>,
        /// The resource space that it belongs to.
        app_id: Option<String>,
        /// The edge nodes that it runs on.
        #[serde(default, deserialize_with = "super::record::many")]
        edge_node_ids: Option<Vec<String>>,
        /// When it was last changed, to the second; a text that is no time is `None`.
        #[serde(default, with = "super::time")]
        last_update_time: Option<Timestamp>,
        /// The devices that it runs on.
        device_side: Option<DeviceSide>,
    }
}

record! {
    /// The conditions of a rule.
    ConditionGroup {
        /// The conditions.
        #[serde(default, deserialize_with = "super::record::few")]
        conditions: Option<Vec<RuleCondition>>,
        /// How many must hold: `and` for all of them, `or` for any.
        logic: Option<String>,
        /// When the rule is in force.
        time_range: Option<TimeRange>,
    }
}

record! {
    /// One condition of a rule; of the parts, the one that its type names.
    RuleCondition {
        /// What the condition looks at: `DEVICE_DATA`, say.
        r#type: Option<String>,
        /// A property of a device.
        device_property_condition: Option<DeviceDataCondition>,
        /// A time, and maybe again and again from then on.
        simple_timer_condition: Option<SimpleTimerType>,
        /// A time of day.
        daily_timer_condition: Option<DailyTimerType>,
        /// The status of a device.
        device_linkage_status_condition: Option<DeviceLinkageStatusCondition>,
    }
}

record! {
    /// A condition on properties of one device, or of any device of a product.
    DeviceDataCondition {
        /// The device.
        device_id: Option<String>,
        /// The product.
        product_id: Option<String>,
        /// What the properties are compared with.
        #[serde(default, deserialize_with = "super::record::few")]
        filters: Option<Vec<Json>>,
    }
}

record! {
    /// A time, and maybe again and again from then on.
    SimpleTimerType {
        /// The first time, to the second; a text that is no time is `None`.
        #[serde(default, with = "super::time")]
        start_time: Option<Timestamp>,
        /// How long until the next time, in seconds.
        repeat_interval: Option<i64>,
        /// How many times.
        repeat_count: Option<i64>,
    }
}

record! {
    /// A time of day.
    DailyTimerType {
        /// The time, as `HH:mm`.
        time: Option<String>,
        /// The days of the week, as numbers with commas between them.
        days_of_week: Option<String>,
    }
}

record! {
    /// A condition on the status of one device, or of any device of a product.
    DeviceLinkageStatusCondition {
        /// The device.
        device_id: Option<String>,
        /// The product.
        product_id: Option<String>,
        /// The statuses, any of which will do.
        #[serde(default, deserialize_with = "super::record::many")]
        status_list: Option<Vec<String>>,
        /// For how long it must last.
        duration: Option<i64>,
    }
}

record! {
    /// When a rule is in force.
    TimeRange {
        /// From this time of day, as `HH:mm`.
        start_time: Option<String>,
        /// To this time of day, as `HH:mm`.
        end_time: Option<String>,
        /// The days of the week, as numbers with commas between them.
        days_of_week: Option<String>,
    }
}

record! {
    /// One thing that a rule does; of the parts, the one that its type names.
    RuleAction {
        /// What it does: `DEVICE_CMD`, say.
        r#type: Option<String>,
        /// A command to a device.
        device_command: Option<ActionDeviceCommand>,
        /// A message through the notification service.
        smn_forwarding: Option<ActionSmnForwarding>,
        /// An alarm.
        device_alarm: Option<ActionDeviceAlarm>,
    }
}

record! {
    /// A command to a device.
    ActionDeviceCommand {
        /// The device.
        device_id: Option<String>,
        /// The command.
        cmd: Option<Cmd>,
    }
}

record! {
    /// A command.
    Cmd {
        /// Its name.
        command_name: Option<String>,
        /// Its parameters, in the shape that the product model gives them.
        command_body: Option<Json>,
        /// The service of the product model that it belongs to.
        service_id: Option<String>,
        /// How long it is kept for a device that is away, in seconds.
        buffer_timeout: Option<i64>,
        /// How long an answer may take, in seconds.
        response_timeout: Option<i64>,
        /// Whether it is kept for a device that is away: `ACTIVE` or `PASSIVE`, say.
        mode: Option<String>,
    }
}

record! {
    /// A message through the notification service.
    ActionSmnForwarding {
        /// The region of the topic.
        region_name: Option<String>,
        /// The project of the topic.
        project_id: Option<String>,
        /// The topic's name.
        theme_name: Option<String>,
        /// The topic.
        topic_urn: Option<String>,
        /// What it says.
        message_content: Option<String>,
        /// The template that it is made from.
        message_template_name: Option<String>,
        /// Its title.
        message_title: Option<String>,
    }
}

record! {
    /// An alarm.
    ActionDeviceAlarm {
        /// Its name.
        name: Option<String>,
        /// Whether it begins or ends: `fault` or `recovery`, say.
        alarm_status: Option<String>,
        /// How bad it is: `warning`, say.
        severity: Option<String>,
        /// What it is counted by: `device`, say.
        dimension: Option<String>,
        /// What it says.
        description: Option<String>,
    }
}

record! {
    /// The devices that a rule runs on.
    DeviceSide {
        /// Their ids.
        #[serde(default, deserialize_with = "super::record::many")]
        device_ids: Option<Vec<String>>,
    }
}
