"""Words for people, companies, what is on offer and messages: what tables are of, and whose a name or a number is."""

from __future__ import annotations

from masker.kinds.words import listed

#: What makes a number, a code, an id or a name one of somebody.
PERSON = listed(
    """
    user member customer educator counselor agent debtor creditor investor shareholder attendant
    prescripteur client person profile contact staff employee patient student teacher admin
    administrator author guest owner lead subscriber recipient attendee participant candidate applicant driver
    passenger traveler traveller cast credit performer artist actor creator speaker host player reviewer donor
    volunteer supporter child kid youth parent guardian mother father spouse wife husband partner dependent
    dependant beneficiary holder cardholder signer signatory signee cosigner witness sender receiver addressee
    payer payee buyer seller tenant landlord lender borrower agent broker manager supervisor mentor mentee
    trainer trainee trainer coach instructor tutor pupil learner doctor physician nurse caregiver clinician
    practitioner therapist resident citizen inhabitant voter petitioner signature nominee referee referrer
    inviter invitee visitor respondent interviewee interviewer reporter submitter requester operator preparer
    representative rep director officer founder shareholder investor freelancer contractor worker personnel
    judge lawyer attorney defendant plaintiff inmate offender victim sibling relative kin household family
    friend follower adopter foster caseworker casa supervisor freelance colleague expert consultant recruiter
    employer_contact human individual people account identity delegate elector adherent militant kunde mitglied
    person benutzer mitarbeiter schueler lehrer patient teilnehmer empfaenger absender ansprechpartner client
    utilisateur usager personne agent eleve enseignant patient candidat demandeur beneficiaire destinataire
    expediteur individu foyer responsable usuario cliente persona empleado paciente alumno estudiante profesor
    socio miembro destinatario remitente titular kaiin shain kokyaku riyousha kanja seito gakusei sensei hogosha
    tantousha lodger occupant cosponsor sponsor committer maintainer recipient waiter chef courier rider
    chauffeur signup registrant enrollee invitation orderer purchaser shopper hirer renter organizer organiser
    poc contributor depositor enduser headteacher prisoner claimant
    moderator facilitator assignee liaison leader captain coordinator principal
    """
)

COMPANY = listed(
    """
    company org organization organisation employment entity employer business firm agency institution enterprise
    corporation supplier
    vendor merchant distributor partner_agency club association ngo charity nonprofit startup practice clinic
    hospital firma unternehmen entreprise societe organisme etablissement empresa entidad kaisha houjin kigyou
    jigyousha shop store restaurant publisher insurer brokerage subsidiary affiliate sponsor_company payor
    exhibitor
    """
)

#: Tables of what an application offers, which look the same in a preview.
CATALOGUE = listed(
    """
    product item variant trailer category tag plan price sku brand genre topic template course lesson chapter quiz
    question choice option page article_category menu recipe ingredient dish country state region prefecture
    city province zone currency language locale timezone role permission feature setting badge achievement skill
    species breed color size material unit tax shipping_method payment_method promotion coupon discount catalog
    collection season episode movie film anime work book song album track game genre character series channel
    program programme event_type status kind type faq announcement banner widget theme layout field
    questionnaire step stage workflow rule policy holiday calendar schedule position department division
    section
    module manufacturer vaccine medicine drug disease icd10 diagnosis_code bank branch school university faculty
    subject curriculum exam test certificate_type facility amenity service resource equipment vehicle_type model
    part room_type ticket_type fare route station stop airport line metric dashboard experiment flag
    variation migration version schema extension dataset source software gem library package license glossary
    pet animal cat dog horse cow sheep bird breed legislation law statute showcase portfolio slide carousel mcq textbook
    vod webinar podcast tutorial filter form_builder form_description form_field form_template
    term keyword translation locale mascot category_group attribute property taxon taxonomy option_type
    option_value store_credit_type tracker template_version attestation_template procedure type_de_champ cycle
    level grade rank tier reward medal prize campaign program_type activity_type parameter component
    participatory_process assembly organization_type scope area crime food nutrient exercise workout lineup
    platform video staff_role merchant_category
    conference meetup workshop seminar festival exhibition fair hackathon congress tournament competition contest race
    marathon ceremony concert patch_note release_note content_block county
    method reason checklist checkpoint check_point guideline crop plant variety cultivar
    """
)

#: Tables of what people write to others.
MESSAGES = listed(
    """
    message mail email comment post reply thread conversation chat inquiry enquiry ticket feedback review
    complaint contact_form letter note memo notification sms report_abuse abuse_report diary journal entry story
    answer response question_answer petition topic_reply discussion impression record_comment text_message
    inbound_email outbound_email incoming_email outgoing_email direct_message support_request request issue
    contact_request case_note private_topic private_message private_conversation
    """
)

#: Words for a table that only says more of another.
CONTAINERS = listed(
    """
    content text translation localization image file attachment photo picture document upload setting detail
    history log version line link membership
    relation relationship assignment mapping join list group info information datum metadata meta preference
    profile_image translation icon alias statistic stat count count_log count_cache order_item line_item
    snapshot revision draft archive backup import export entry row record set override
    """
)

#: Tables of places that belong to nobody: where something is held, or what an office is in charge of.
PLACES = listed(
    """
    location venue place lieu territory zone site facility geolocation area office postcode commune municipality
    authority station stop landmark room spot sector district point
    prison jail court council ministry embassy library museum church
    """
)
