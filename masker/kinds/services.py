"""Services that people are known to or paid by, by the words of columns."""

from __future__ import annotations

from itertools import pairwise

from masker.kinds.words import listed

#: Whose ids charge somebody, and whose tell who somebody is elsewhere.
PAYMENT = listed(
    """
    stripe paypal braintree payjp gmo square adyen mollie gocardless cashfree razorpay payu klarna wise plaid
    increase column emburse dwolla authorize sepa gumroad chargebee recurly paddle lago sofort redsys veritrans
    komoju omise paypay checkout quickbooks xero snaptrade simplefin layer truelayer teller mercury brex
    gateway payment payout
    ach iugu pagarme moip mercadopago
    """
)

#: Words of payments that other tables' names have as well.
PAID = frozenset(
    {"payment", "payout", "gateway", "checkout", "square", "increase", "column", "layer", "line", "authorize"}
)

SOCIAL = listed(
    """
    google facebook twitter github gitlab linkedin instagram line apple slack discord telegram whatsapp wechat
    kakao weibo microsoft azure okta auth0 keycloak saml ldap openid oauth oidc firebase cognito strava spotify
    steam twitch yahoo mixi rakuten xing vk mastodon matrix zoom zendesk intercom hubspot salesforce mailchimp
    sendgrid twilio twitterid orcid franceconnect france connect pro agent cis2 dfe dttp hesa trs external
    remote provider social sso azuread airtable active customerio drip onesignal pusher voter crm
    """
)


def pays(words: tuple[str, ...]) -> bool:
    """Whether *words* name who takes payments, written together or apart, or a bank."""
    together = {first + second for first, second in pairwise(words)}
    return bool(PAYMENT & {*words, *together} or set(words[-1:]) & {"bank", "banking", "transfer", "mandate"})
