// The formats, one file each. register.cpp lists them in the order in which they are asked.
#pragma once

#include "vedette/normalize/format.hpp"

namespace vedette::normalize {

namespace json {
class ShapeFormat;
}

const json::ShapeFormat& azure_format();
const json::ShapeFormat& cloudtrail_format();
const json::ShapeFormat& docker_json_format();
const json::ShapeFormat& gcp_audit_format();
const json::ShapeFormat& github_audit_format();
const json::ShapeFormat& google_workspace_format();
const json::ShapeFormat& journald_json_format();
const json::ShapeFormat& json_format();
const json::ShapeFormat& kubernetes_audit_format();
const json::ShapeFormat& m365_format();
const json::ShapeFormat& okta_format();
const json::ShapeFormat& suricata_format();
const json::ShapeFormat& windows_json_format();
const json::ShapeFormat& zeek_json_format();

// All formats that are shapes of a JSON object, the general one last.
std::span<const json::ShapeFormat* const> json_formats();

const Format& evtx_format();
const Format& windows_xml_format();
const Format& apache_error_format();
const Format& auditd_format();
const Format& cef_format();
const Format& csv_format();
const Format& iis_w3c_format();
const Format& key_value_format();
const Format& leef_format();
const Format& linux_auth_format();
const Format& nginx_error_format();
const Format& plain_format();
const Format& syslog_rfc3164_format();
const Format& syslog_rfc5424_format();
const Format& web_access_format();
const Format& zeek_tsv_format();

}  // namespace vedette::normalize
