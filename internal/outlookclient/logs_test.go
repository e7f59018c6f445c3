package outlookclient

import (
	"strings"
)

// Column lists as Exchange and IIS write them.
const (
	rca2010 = "date-time,session-id,seq-number,client-name,organization-info,client-software," +
		"client-software-version,client-mode,client-ip,server-ip,protocol,application-id,operation,rpc-status," +
		"processing-time,operation-specific,failures"
	rca2013 = "date-time,session-id,seq-number,client-name,organization-info,client-software," +
		"client-software-version,client-mode,client-ip,client-connection-info,server-ip,protocol,application-id," +
		"request-ids,session-cookie,operation,rpc-status,processing-time,operation-specific,failures,performance-data," +
		"activity-context-data,user-email"
	mapiHTTP = "DateTime,RequestId,MapiRequestId,ClientRequestId,RequestType,HttpStatusCode,ResponseCode," +
		"StatusCode,ReturnCode,TotalRequestLatency,DeploymentRing,MajorVersion,MinorVersion,BuildVersion," +
		"RevisionVersion,AuthenticatedUserEmail,UPN,Puid,TenantGuid,MailboxId,MDBGuid,ActAsUserEmail,ClientIP," +
		"SourceCafeServer,EdgeInfo,NetworkDeviceInfo,SessionCookie,SequenceCookie,MapiClientInfo,ClientSoftware," +
		"ClientSoftwareVersion,ClientMode,AuthenticationType,AuthModuleLatency,LiveIdBasicLog,LiveIdBasicError," +
		"LiveIdNegotiateError,OAuthLatency,OAuthError,OAuthErrorCategory,OAuthExtraInfo,AuthenticatedUser,RopIds," +
		"OperationSpecific,GenericInfo,GenericErrors"
	httpProxy = "DateTime,RequestId,MajorVersion,MinorVersion,BuildVersion,RevisionVersion,ClientRequestId," +
		"Protocol,UrlHost,UrlStem,ProtocolAction,AuthenticationType,IsAuthenticated,AuthenticatedUser,Organization," +
		"AnchorMailbox,UserAgent,ClientIpAddress,ServerHostName,HttpStatus,BackEndStatus,ErrorCode,Method,ProxyAction," +
		"TargetServer,TargetServerVersion,RoutingType,RoutingHint,BackEndCookie,ServerLocatorHost," +
		"ServerLocatorLatency,RequestBytes,ResponseBytes,TargetOutstandingRequests,AuthModulePerfContext," +
		"HttpPipelineLatency,CalculateTargetBackEndLatency,GlsLatencyBreakup,TotalGlsLatency," +
		"AccountForestLatencyBreakup,TotalAccountForestLatency,ResourceForestLatencyBreakup," +
		"TotalResourceForestLatency,ADLatency,SharedCacheLatencyBreakup,TotalSharedCacheLatency," +
		"ActivityContextLifeTime,ModuleToHandlerSwitchingLatency,ClientReqStreamLatency,BackendReqInitLatency," +
		"BackendReqStreamLatency,BackendProcessingLatency,BackendRespInitLatency,BackendRespStreamLatency," +
		"ClientRespStreamLatency,KerberosAuthHeaderLatency,HandlerCompletionLatency,RequestHandlerLatency," +
		"HandlerToModuleSwitchingLatency,ProxyTime,CoreLatency,RoutingLatency,HttpProxyOverhead,TotalRequestTime," +
		"RouteRefresherLatency,UrlQuery,BackEndGenericInfo,GenericInfo,GenericErrors,EdgeTraceId,DatabaseGuid," +
		"UserADObjectGuid,PartitionEndpointLookupLatency,RoutingStatus"
	ews = "DateTime,RequestId,MajorVersion,MinorVersion,BuildVersion,RevisionVersion,Ring,ClientRequestId," +
		"AuthenticationType,IsAuthenticated,AuthenticatedUser,Organization,UserAgent,VersionInfo,ClientIpAddress," +
		"ServerHostName,FrontEndServer,SoapAction,HttpStatus,RequestSize,ResponseSize,ErrorCode,GenericErrors"
	iis = "date time s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip cs(User-Agent) cs(Referer) " +
		"sc-status sc-substatus sc-win32-status time-taken"
)

const (
	office2016 = "Microsoft Office/16.0 (Windows NT 10.0; Microsoft Outlook 16.0.5254; Pro)"
	day        = "2026-11-02"
)

// fields reads "name=value" pairs, one an argument.
func fields(pairs []string) map[string]string {
	out := map[string]string{}
	for _, p := range pairs {
		name, value, _ := strings.Cut(p, "=")
		out[name] = value
	}
	return out
}

// entry writes a line of an Exchange log with these columns.
func entry(columns string, pairs ...string) string {
	values := fields(pairs)
	var out []string
	for _, name := range strings.Split(columns, ",") {
		value := values[name]
		if strings.ContainsAny(value, `,"`) {
			value = `"` + strings.ReplaceAll(value, `"`, `""`) + `"`
		}
		out = append(out, value)
	}
	return strings.Join(out, ",") + "\r\n"
}

// head writes the # lines of an Exchange log.
func head(logType, columns string) string {
	return "#Software: Microsoft Exchange Server\r\n#Version: 15.01.2507.058\r\n#Log-type: " + logType +
		"\r\n#Date: " + day + "T00:00:00.000Z\r\n#Fields: " + columns + "\r\n"
}

// rca writes a line of a log of Exchange 2013 or later.
func rca(clock, user, version string, more ...string) string {
	name := ""
	if user != "" {
		name = "/o=Fabrikam/ou=Exchange Administrative Group (FYDIBOHF23SPDLT)/cn=Recipients/cn=" + user
	}
	return entry(rca2013, append([]string{
		"date-time=" + day + "T" + clock + ".125Z", "session-id=4711", "seq-number=0", "client-name=" + name,
		"client-software=OUTLOOK.EXE", "client-software-version=" + version, "client-mode=Cached",
		"client-connection-info=Connection Info[GUID:1, Attempts:1]", "protocol=MapiHttp", "operation=Connect",
		"rpc-status=0 (rpc::None)", "operation-specific=SID=S-1-5-21-1, Flags=None",
	}, more...)...)
}

// proxy writes a line of an HttpProxy log.
func proxy(clock, user, agent, status string) string {
	return entry(httpProxy, "DateTime="+day+"T"+clock+".500Z", "Protocol=Ews", "AuthenticatedUser="+user,
		"UserAgent="+agent, "HttpStatus="+status, "GenericInfo=BeginRequest=1;End=2;")
}

// web writes a line of an IIS log.
func web(clock, user, agent, status string) string {
	return strings.Join([]string{
		day, clock, "192.0.2.1", "POST", "/autodiscover/autodiscover.xml", "&CorrelationID=<empty>;", "443", user,
		"198.51.100.7", strings.ReplaceAll(agent, " ", "+"), "-", status, "0", "0", "15",
	}, " ") + "\r\n"
}
