// The register of the groups of handlers.
#include "rest/groups.hpp"

#include "rest/server.hpp"

namespace vedette::api {

void add_all_handlers(HandlerTable& handlers, const RestParts& parts) {
  add_session_handlers(handlers, parts);
  add_user_handlers(handlers, parts);
  add_audit_handlers(handlers, parts);
  add_job_handlers(handlers, parts);
  add_search_handlers(handlers, parts);
  add_saved_search_handlers(handlers, parts);
  add_alert_handlers(handlers, parts);
  add_incident_handlers(handlers, parts);
  add_rule_handlers(handlers, parts);
  add_exception_handlers(handlers, parts);
  add_intel_handlers(handlers, parts);
  add_source_handlers(handlers, parts);
  add_settings_handlers(handlers, parts);
  add_notification_handlers(handlers, parts);
  add_report_handlers(handlers, parts);
  add_metrics_handlers(handlers, parts);
  add_stream_handlers(handlers, parts);
}

}  // namespace vedette::api
