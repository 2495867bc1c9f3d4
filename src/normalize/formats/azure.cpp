// Microsoft Azure and Entra ID: activity, sign-in and audit logs and risk detections, as diagnostic settings
// export them (category, operationName, properties), as Microsoft Graph returns them, and as rows of Azure
// Monitor tables. Fields keep their names.
#include <algorithm>
#include <array>

#include "formats/formats.hpp"
#include "json/shape.hpp"

namespace vedette::normalize {
namespace {

using json::Node;
using json::PathTree;
using json::Top;

struct Category {
  std::string_view name, dataset;
};

// Categories of diagnostic settings and names of tables.
constexpr Category kCategories[] = {
    {"SignInLogs", "azure.signinlogs"},
    {"SigninLogs", "azure.signinlogs"},
    {"NonInteractiveUserSignInLogs", "azure.signinlogs"},
    {"ServicePrincipalSignInLogs", "azure.signinlogs"},
    {"ManagedIdentitySignInLogs", "azure.signinlogs"},
    {"AADNonInteractiveUserSignInLogs", "azure.signinlogs"},
    {"AADServicePrincipalSignInLogs", "azure.signinlogs"},
    {"AADManagedIdentitySignInLogs", "azure.signinlogs"},
    {"ADFSSignInLogs", "azure.signinlogs"},
    {"AuditLogs", "azure.auditlogs"},
    {"ProvisioningLogs", "azure.provisioning"},
    {"AADProvisioningLogs", "azure.provisioning"},
    {"RiskyUsers", "azure.identity_protection"},
    {"UserRiskEvents", "azure.identity_protection"},
    {"RiskyServicePrincipals", "azure.identity_protection"},
    {"ServicePrincipalRiskEvents", "azure.identity_protection"},
    {"AADRiskyUsers", "azure.identity_protection"},
    {"AADUserRiskEvents", "azure.identity_protection"},
    {"MicrosoftGraphActivityLogs", "azure.graphactivitylogs"},
    {"Administrative", "azure.activitylogs"},
    {"Policy", "azure.activitylogs"},
    {"Security", "azure.activitylogs"},
    {"Alert", "azure.activitylogs"},
    {"Autoscale", "azure.activitylogs"},
    {"Recommendation", "azure.activitylogs"},
    {"ResourceHealth", "azure.activitylogs"},
    {"ServiceHealth", "azure.activitylogs"},
    {"Write", "azure.activitylogs"},
    {"Delete", "azure.activitylogs"},
    {"Action", "azure.activitylogs"},
    {"AzureActivity", "azure.activitylogs"},
};

std::string_view dataset_of(std::string_view category) {
  const auto found = std::find_if(std::begin(kCategories), std::end(kCategories),
                                  [&](const Category& known) { return known.name == category; });
  return found == std::end(kCategories) ? std::string_view{} : found->dataset;
}

// Text, or {"value": text} as the activity log's own API has it.
std::string_view text_or_value(const Node* node) {
  if (node && node->is_object()) node = node->find("value");
  return node && node->is_string() ? node->string() : std::string_view{};
}

struct Kind {
  int score = 0;
  std::string_view dataset;
};

// As Microsoft Graph returns them: no category, but members of their own.
Kind graph_kind(const Top& top) {
  if (top.has("createdDateTime") && top.has("ipAddress") && top.has("appDisplayName") &&
      (top.has("userPrincipalName") || top.has("servicePrincipalName"))) {
    return {96, "azure.signinlogs"};
  }
  if (top.has("activityDateTime") && top.has("activityDisplayName")) return {96, "azure.auditlogs"};
  if (top.has("riskEventType") || (top.has("riskState") && top.has("riskLevel"))) {
    return {top.has("riskDetail") || top.has("detectedDateTime") ? 94 : 75, "azure.identity_protection"};
  }
  return {};
}

Kind kind_of(const Top& top) {
  const std::string_view category = text_or_value(top.find("category"));
  const bool operation = top.has("operationName");
  if (operation && !category.empty()) {
    const std::string_view dataset = dataset_of(category);
    const bool exported = top.has("resourceId") || top.has("properties") || top.has("correlationId");
    if (!dataset.empty()) return {exported ? 98 : 70, dataset};
    if (top.has("resourceId") && top.has("time")) return {90, "azure.platformlogs"};
  }
  if (operation && top.has("resourceId") && (top.has("eventTimestamp") || top.has("eventDataId"))) {
    return {95, "azure.activitylogs"};
  }
  if (top.has("TimeGenerated") || top.has("TenantId")) {
    const std::string_view dataset = dataset_of(top.text("Type"));
    if (!dataset.empty() && top.has("Type")) return {97, dataset};
    if (top.has("OperationNameValue") && top.has("CategoryValue")) return {95, "azure.activitylogs"};
  }
  return graph_kind(top);
}

int match_azure(const Top& top) {
  return kind_of(top).score;
}

class AzureWriter final : public json::ShapeWriter {
 public:
  explicit AzureWriter(const ParseContext&) {}

  void write(const Top& top, Row& row) override {
    flattener_.members(top.object(), PathTree::kRoot, row);
    if (const Node* properties = top.object("properties")) {
      // Searched as a whole, too.
      add_text(properties->find("targetResources"), "properties.targetResources", row);
      add_text(properties->find("initiatedBy"), "properties.initiatedBy", row);
    }
    add_text(top.find("targetResources"), "targetResources", row);
    add_text(top.find("TargetResources"), "TargetResources", row);
    json::take_time(top, row,
                    {"time", "eventTimestamp", "TimeGenerated", "createdDateTime", "activityDateTime",
                     "detectedDateTime", "riskLastUpdatedDateTime", "timestamp"});
    row.dataset("azure", kind_of(top).dataset);
  }

 private:
  static void add_text(const Node* node, std::string_view name, Row& row) {
    if (node && node->is_container() && node->size > 0) row.ref(name, json::text_of(*node, row.arena()));
  }

  json::Flattener flattener_;
};

}  // namespace

const json::ShapeFormat& azure_format() {
  static const json::ShapeFormat format(
      {{.name = "azure",
        .title = "Microsoft Azure and Entra ID",
        .summary = "Activity logs, sign-in logs, audit logs and risk detections of Azure and Entra ID.",
        .framing = Framing::json,
        .payload = true},
       match_azure,
       json::open_writer<AzureWriter>});
  return format;
}

}  // namespace vedette::normalize
