// The list of all formats, in the order in which they are asked.
#include "formats/formats.hpp"
#include "json/shape.hpp"
#include "vedette/normalize/format.hpp"

namespace vedette::normalize {

std::span<const json::ShapeFormat* const> json_formats() {
  static const json::ShapeFormat* const formats[] = {
      &windows_json_format(),
      &cloudtrail_format(),
      &azure_format(),
      &okta_format(),
      &gcp_audit_format(),
      &m365_format(),
      &google_workspace_format(),
      &github_audit_format(),
      &kubernetes_audit_format(),
      &suricata_format(),
      &zeek_json_format(),
      &journald_json_format(),
      &docker_json_format(),
      &json_format(),
  };
  return formats;
}

std::span<const Format* const> all_formats() {
  static const std::vector<const Format*> formats = [] {
    std::vector<const Format*> list;
    for (const json::ShapeFormat* format : json_formats()) list.push_back(format);
    list.insert(list.end(), {
                                &evtx_format(),
                                &windows_xml_format(),
                                &syslog_rfc5424_format(),
                                &syslog_rfc3164_format(),
                                &cef_format(),
                                &leef_format(),
                                &auditd_format(),
                                &web_access_format(),
                                &apache_error_format(),
                                &nginx_error_format(),
                                &iis_w3c_format(),
                                &zeek_tsv_format(),
                                &csv_format(),
                                &key_value_format(),
                                &linux_auth_format(),
                                &plain_format(),
                            });
    return list;
  }();
  return formats;
}

const Format* find_format(std::string_view name) {
  for (const Format* format : all_formats()) {
    if (format->info().name == name) return format;
  }
  return nullptr;
}

}  // namespace vedette::normalize
