"""Reads back what a deployment has made of IAM, KMS, S3, SQS, SNS, DynamoDB, Lambda and logs, as JSON.

Called with the address of a server, a region, the prefix of all names, and the buckets, whose names
are free. What every server makes up by itself (times, ids, sizes in bytes) is left out; what has no
order is sorted; keys are called by their aliases.
"""

import json
import sys

import boto3
import botocore.config

ENDPOINT, REGION, PREFIX, *BUCKETS = sys.argv[1:]


def client(service):
    return boto3.client(
        service,
        endpoint_url=ENDPOINT,
        region_name=REGION,
        aws_access_key_id="local",
        aws_secret_access_key="local",
        config=botocore.config.Config(retries={"max_attempts": 2}, s3={"addressing_style": "path"}),
    )


def pages(service, operation, key, **arguments):
    for page in client(service).get_paginator(operation).paginate(**arguments):
        yield from page.get(key, [])


def tags(listed):
    """Tags of any spelling as one map."""
    if isinstance(listed, dict):
        return listed
    return {it.get("Key", it.get("key")): it.get("Value", it.get("value")) for it in listed}


def document(text):
    """A policy, whose text IAM answers decoded and others answer as it was sent."""
    return json.loads(text) if isinstance(text, str) else text


def attempt(call, **arguments):
    """An answer, or the code of the error."""
    try:
        return call(**arguments)
    except Exception as error:  # noqa: BLE001: what a server cannot do is part of the answer
        response = getattr(error, "response", {})
        return {"error": response.get("Error", {}).get("Code") or type(error).__name__}


def roles():
    iam = client("iam")
    found = {}
    for role in pages("iam", "list_roles", "Roles"):
        name = role["RoleName"]
        if not name.startswith(PREFIX):
            continue
        policies = {
            it: document(iam.get_role_policy(RoleName=name, PolicyName=it)["PolicyDocument"])
            for it in iam.list_role_policies(RoleName=name)["PolicyNames"]
        }
        found[name] = {
            "arn": role["Arn"],
            "trust": document(role["AssumeRolePolicyDocument"]),
            "policies": policies,
            "tags": tags(iam.list_role_tags(RoleName=name)["Tags"]),
        }
    return found


def topics():
    sns = client("sns")
    found = {}
    for topic in pages("sns", "list_topics", "Topics"):
        arn = topic["TopicArn"]
        if not arn.rsplit(":", 1)[-1].startswith(PREFIX):
            continue
        attributes = sns.get_topic_attributes(TopicArn=arn)["Attributes"]
        subscriptions = {}
        for it in pages("sns", "list_subscriptions_by_topic", "Subscriptions", TopicArn=arn):
            of = sns.get_subscription_attributes(SubscriptionArn=it["SubscriptionArn"])["Attributes"]
            subscriptions[it["Endpoint"]] = {
                "protocol": it["Protocol"],
                "filter": document(of.get("FilterPolicy", "{}")),
                "raw": of.get("RawMessageDelivery", "false"),
                "redrive": document(of.get("RedrivePolicy", "{}")),
            }
        found[arn] = {
            "policy": document(attributes["Policy"]),
            "key": attributes.get("KmsMasterKeyId"),
            "subscriptions": subscriptions,
            "tags": tags(sns.list_tags_for_resource(ResourceArn=arn)["Tags"]),
        }
    return found


def tables():
    dynamodb = client("dynamodb")
    found = {}
    for name in pages("dynamodb", "list_tables", "TableNames"):
        if not name.startswith(PREFIX):
            continue
        table = dynamodb.describe_table(TableName=name)["Table"]
        ttl = dynamodb.describe_time_to_live(TableName=name)["TimeToLiveDescription"]
        found[name] = {
            "arn": table["TableArn"],
            "keys": sorted((it["AttributeName"], it["KeyType"]) for it in table["KeySchema"]),
            "types": sorted(
                (it["AttributeName"], it["AttributeType"]) for it in table["AttributeDefinitions"]
            ),
            "status": table["TableStatus"],
            "billing": table.get("BillingModeSummary", {}).get("BillingMode"),
            "ttl": [ttl.get("TimeToLiveStatus"), ttl.get("AttributeName")],
            "encryption": table.get("SSEDescription", {}).get("SSEType"),
            "tags": tags(dynamodb.list_tags_of_resource(ResourceArn=table["TableArn"])["Tags"]),
        }
    return found


def ledger():
    """The records of the deployment itself, without times."""
    items = [
        {key: next(iter(value.values())) for key, value in item.items() if key != "at"}
        for item in pages("dynamodb", "scan", "Items", TableName=f"{PREFIX}deployments")
    ]
    return sorted(items, key=lambda it: (it["pk"], it["sk"]))


def functions():
    lambda_ = client("lambda")
    found = {}
    for function in pages("lambda", "list_functions", "Functions"):
        name = function["FunctionName"]
        if not name.startswith(PREFIX):
            continue
        configuration = lambda_.get_function_configuration(FunctionName=name)
        policy = attempt(lambda_.get_policy, FunctionName=name, Qualifier="live")
        policy = document(policy["Policy"]) if "Policy" in policy else policy
        alias = lambda_.get_alias(FunctionName=name, Name="live")
        versions = pages("lambda", "list_versions_by_function", "Versions", FunctionName=name)
        asynchronous = attempt(
            lambda_.get_function_event_invoke_config, FunctionName=name, Qualifier="live"
        )
        found[name] = {
            "asynchronous": {
                key: asynchronous.get(key)
                for key in (
                    "error", "MaximumRetryAttempts", "MaximumEventAgeInSeconds", "DestinationConfig",
                )
            },
            "configuration": {
                key: configuration.get(key)
                for key in (
                    "FunctionArn", "Runtime", "Handler", "Role", "Timeout", "MemorySize",
                    "Description", "CodeSha256", "Architectures", "Environment", "State",
                    "LastUpdateStatus", "PackageType", "DeadLetterConfig", "KMSKeyArn",
                )
            },
            "alias": [alias["AliasArn"], alias["FunctionVersion"]],
            "versions": sorted((it["Version"], it["CodeSha256"]) for it in versions),
            "policy": policy,
            "tags": lambda_.list_tags(Resource=configuration["FunctionArn"])["Tags"],
        }
    return found


def log_groups():
    logs = client("logs")
    found = {}
    for group in pages("logs", "describe_log_groups", "logGroups"):
        name = group["logGroupName"]
        if PREFIX.rstrip("-") not in name:
            continue
        listed = attempt(logs.list_tags_for_resource, resourceArn=group["arn"].removesuffix(":*"))
        found[name] = {
            "retention": group.get("retentionInDays"),
            "tags": listed.get("tags", listed),
        }
    return found


def aliases():
    """The ids of keys and the aliases that they are known by."""
    for alias in pages("kms", "list_aliases", "Aliases"):
        if alias["AliasName"].startswith(f"alias/{PREFIX}") and "TargetKeyId" in alias:
            yield alias["TargetKeyId"], alias["AliasName"]


def keys():
    kms = client("kms")
    found = {}
    for key, alias in aliases():
        described = kms.describe_key(KeyId=key)["KeyMetadata"]
        rotation = attempt(kms.get_key_rotation_status, KeyId=key)
        listed = attempt(kms.list_resource_tags, KeyId=key).get("Tags", [])
        found[alias] = {
            "usage": described.get("KeyUsage"),
            "spec": described.get("KeySpec"),
            "state": described.get("KeyState"),
            "policy": document(kms.get_key_policy(KeyId=key, PolicyName="default")["Policy"]),
            "rotation": rotation.get("KeyRotationEnabled", rotation),
            "tags": {it["TagKey"]: it["TagValue"] for it in listed},
        }
    return found


def queues(arns):
    sqs = client("sqs")
    found = {}
    for name in sorted({it.rsplit(":", 1)[-1] for it in arns}):
        url = sqs.get_queue_url(QueueName=name)["QueueUrl"]
        attributes = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
        found[name] = {
            "arn": attributes["QueueArn"],
            "retention": attributes.get("MessageRetentionPeriod"),
            "visibility": attributes.get("VisibilityTimeout"),
            "policy": document(attributes.get("Policy", "{}")),
            "key": attributes.get("KmsMasterKeyId"),
            "tags": sqs.list_queue_tags(QueueUrl=url).get("Tags", {}),
        }
    return found


def buckets():
    s3 = client("s3")
    found = {}
    for name in BUCKETS:
        policy = attempt(s3.get_bucket_policy, Bucket=name)
        answers = {
            "location": attempt(s3.get_bucket_location, Bucket=name),
            "encryption": attempt(s3.get_bucket_encryption, Bucket=name),
            "public": attempt(s3.get_public_access_block, Bucket=name),
        }
        found[name] = {
            "policy": document(policy["Policy"]) if "Policy" in policy else policy,
            "tags": tags(attempt(s3.get_bucket_tagging, Bucket=name).get("TagSet", [])),
            **{
                key: {name: it for name, it in answer.items() if name != "ResponseMetadata"}
                for key, answer in answers.items()
            },
        }
    return found


def dead_letters(answer):
    """The ARNs of the queues for what could not be delivered or handled."""
    for topic in answer["sns"].values():
        for subscription in topic["subscriptions"].values():
            if "deadLetterTargetArn" in subscription["redrive"]:
                yield subscription["redrive"]["deadLetterTargetArn"]
    for function in answer["lambda"].values():
        destination = (function["asynchronous"]["DestinationConfig"] or {}).get("OnFailure", {})
        if ":sqs:" in destination.get("Destination", ""):
            yield destination["Destination"]


def main():
    identity = client("sts").get_caller_identity()
    answer = {
        "boto3": boto3.__version__,
        "sts": {"account": identity["Account"]},
        "iam": roles(),
        "sns": topics(),
        "dynamodb": tables(),
        "ledger": ledger(),
        "lambda": functions(),
        "logs": log_groups(),
        "kms": keys(),
        "s3": buckets(),
    }
    answer["sqs"] = queues(dead_letters(answer))
    text = json.dumps(answer, sort_keys=True)
    for key, alias in aliases():
        text = text.replace(key, alias)
    print(text)


main()
