// The handlers, a group a file: each adds its own by operationId.
#pragma once

#include "rest/call.hpp"

namespace vedette::api {

void add_session_handlers(HandlerTable& handlers, const RestParts& parts);  // set-up, sign-in, me
void add_user_handlers(HandlerTable& handlers,
                       const RestParts& parts);  // users, roles, keys, sessions, tenants
void add_audit_handlers(HandlerTable& handlers, const RestParts& parts);
void add_job_handlers(HandlerTable& handlers, const RestParts& parts);
void add_search_handlers(HandlerTable& handlers, const RestParts& parts);  // search, facets, fields, events
void add_saved_search_handlers(HandlerTable& handlers, const RestParts& parts);
void add_alert_handlers(HandlerTable& handlers, const RestParts& parts);
void add_incident_handlers(HandlerTable& handlers, const RestParts& parts);  // and entities
void add_rule_handlers(HandlerTable& handlers, const RestParts& parts);
void add_exception_handlers(HandlerTable& handlers, const RestParts& parts);
void add_intel_handlers(HandlerTable& handlers, const RestParts& parts);
void add_source_handlers(HandlerTable& handlers, const RestParts& parts);  // sources, health, dead letters
void add_settings_handlers(HandlerTable& handlers, const RestParts& parts);
void add_notification_handlers(HandlerTable& handlers, const RestParts& parts);  // channels, rules, outbox
void add_report_handlers(HandlerTable& handlers, const RestParts& parts);        // of incidents
void add_metrics_handlers(HandlerTable& handlers, const RestParts& parts);       // of the SOC
void add_stream_handlers(HandlerTable& handlers, const RestParts& parts);        // server-sent events

}  // namespace vedette::api
