from tortoise import migrations
from tortoise.migrations import operations as ops
import functools
from json import dumps, loads
from models.audit import Act
from models.db.fields import BytesField, SealedField, UtcDatetimeField, new_id
from models.official import Chat
from models.terms import CampaignKind, CampaignState, Category, Festival, LedgerState, OccurrenceState, ProposalKind
from tortoise.fields.base import OnDelete
from tortoise import fields
from tortoise.indexes import Index

class Migration(migrations.Migration):
    dependencies = [('models', '0003_every_door')]

    initial = False

    operations = [
        ops.CreateModel(
            name='Campaign',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('unit', fields.ForeignKeyField('models.Unit', source_field='unit_id', db_constraint=True, to_field='id', related_name='campaigns', on_delete=OnDelete.RESTRICT)),
                ('decider_id', fields.UUIDField(null=True)),
                ('kind', fields.CharEnumField(description='REMINDER: reminder\nEDUCATION: education', enum_type=CampaignKind, max_length=12)),
                ('festival', fields.CharEnumField(null=True, description='NEW_YEAR: new_year\nSPRING_FESTIVAL: spring_festival\nQINGMING: qingming\nLABOUR_DAY: labour_day\nDRAGON_BOAT: dragon_boat\nSCHOOL_SEASON: school_season\nMID_AUTUMN_NATIONAL: mid_autumn_national\nWEDDINGS_FUNERALS: weddings_funerals', enum_type=Festival, max_length=24)),
                ('texts', fields.JSONField(encoder=functools.partial(dumps, separators=(',', ':')), decoder=loads)),
                ('audience', fields.JSONField(encoder=functools.partial(dumps, separators=(',', ':')), decoder=loads)),
                ('state', fields.CharEnumField(default=CampaignState.DRAFT, description='DRAFT: draft\nPROPOSED: proposed\nAPPROVED: approved\nSCHEDULED: scheduled\nSENDING: sending\nPAUSED: paused\nDONE: done\nSTOPPED: stopped\nEXPIRED: expired', enum_type=CampaignState, max_length=12)),
                ('author_id', fields.UUIDField(null=True)),
                ('proposer_id', fields.UUIDField(null=True)),
                ('send_at', UtcDatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('second_at', UtcDatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('ends_at', UtcDatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('due_at', UtcDatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('round', fields.SmallIntField(default=0)),
                ('round_at', UtcDatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('second_missed', fields.BooleanField(default=False)),
                ('made_at', UtcDatetimeField(auto_now=False, auto_now_add=False)),
                ('finished_at', UtcDatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'campaign', 'app': 'models', 'indexes': [Index(fields=['unit_id', 'made_at', 'id']), Index(fields=['decider_id', 'state']), Index(fields=['state', 'due_at'])], 'pk_attr': 'id', 'table_description': 'One broadcast. `round` is the one begun last: 0 none, 1 to everybody, 2 to those who kept silent.'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='Acknowledgement',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('campaign', fields.ForeignKeyField('models.Campaign', source_field='campaign_id', db_constraint=True, to_field='id', related_name='known', on_delete=OnDelete.CASCADE)),
                ('reached_id', fields.UUIDField()),
                ('unit_id', fields.UUIDField()),
                ('at', UtcDatetimeField(auto_now=False, auto_now_add=False)),
                ('counted', fields.BooleanField(default=False)),
            ],
            options={'table': 'acknowledgement', 'app': 'models', 'unique_together': (('campaign_id', 'reached_id'),), 'indexes': [Index(fields=['counted', 'id'])], 'pk_attr': 'id', 'table_description': 'Somebody pressed 我已知晓. The step only inserts; a job adds it to the tally.'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='Ledger',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('campaign', fields.ForeignKeyField('models.Campaign', source_field='campaign_id', db_constraint=True, to_field='id', related_name='ledger', on_delete=OnDelete.CASCADE)),
                ('round', fields.SmallIntField()),
                ('reached_id', fields.UUIDField()),
                ('unit_id', fields.UUIDField()),
                ('state', fields.CharEnumField(default=LedgerState.QUEUED, description='QUEUED: queued\nLEASED: leased\nSENT: sent\nBLOCKED: blocked\nFAILED: failed\nUNKNOWN: unknown', enum_type=LedgerState, max_length=8)),
                ('lease_id', fields.UUIDField(null=True)),
                ('leased_until', UtcDatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('settled_at', UtcDatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'ledger', 'app': 'models', 'unique_together': (('campaign_id', 'reached_id', 'round'),), 'indexes': [Index(fields=['state', 'campaign_id', 'id']), Index(fields=['campaign_id', 'settled_at'])], 'pk_attr': 'id', 'table_description': 'One message to one person. Frozen when its round begins.'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='Occurrence',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('festival', fields.CharEnumField(description='NEW_YEAR: new_year\nSPRING_FESTIVAL: spring_festival\nQINGMING: qingming\nLABOUR_DAY: labour_day\nDRAGON_BOAT: dragon_boat\nSCHOOL_SEASON: school_season\nMID_AUTUMN_NATIONAL: mid_autumn_national\nWEDDINGS_FUNERALS: weddings_funerals', enum_type=Festival, max_length=24)),
                ('day', fields.DateField()),
                ('state', fields.CharEnumField(default=OccurrenceState.PLANNED, description='PLANNED: planned\nDRAFTED: drafted\nEXPIRED: expired', enum_type=OccurrenceState, max_length=8)),
                ('campaign', fields.ForeignKeyField('models.Campaign', source_field='campaign_id', null=True, db_constraint=True, to_field='id', related_name='occurrences', on_delete=OnDelete.RESTRICT)),
                ('alarmed_at', UtcDatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'occurrence', 'app': 'models', 'unique_together': (('festival', 'day'),), 'indexes': [Index(fields=['state', 'day']), Index(fields=['campaign_id']), Index(fields=['day'])], 'pk_attr': 'id', 'table_description': 'One festival on one day.'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='Reached',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('tag', BytesField(unique=True)),
                ('contact_locked', SealedField()),
                ('kept_on', fields.DateField()),
            ],
            options={'table': 'reached', 'app': 'models', 'indexes': [Index(fields=['kept_on'])], 'pk_attr': 'id', 'table_description': "One person's chat, whatever posts he holds. It goes with the last of them."},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='Official',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('unit', fields.ForeignKeyField('models.Unit', source_field='unit_id', db_constraint=True, to_field='id', related_name='officials', on_delete=OnDelete.RESTRICT)),
                ('name', fields.CharField(max_length=32)),
                ('post', fields.CharField(max_length=32)),
                ('category', fields.CharEnumField(description='CIVIL_SERVANT: C1\nPUBLIC_AFFAIRS: C2\nSTATE_ENTERPRISE: C3\nPUBLIC_INSTITUTION: C4\nGRASSROOTS: C5\nOTHER: C6', enum_type=Category, max_length=2)),
                ('added_on', fields.DateField()),
                ('added_by_id', fields.UUIDField(null=True)),
                ('ended_on', fields.DateField(null=True)),
                ('invite_tag', BytesField(null=True, unique=True)),
                ('invite_until', UtcDatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('reached', fields.ForeignKeyField('models.Reached', source_field='reached_id', null=True, db_constraint=True, to_field='id', related_name='posts', on_delete=OnDelete.SET_NULL)),
                ('chat', fields.IntEnumField(default=Chat.NONE, description='NONE: 0\nOWN: 1\nSHARED: 2', enum_type=Chat, generated=False)),
            ],
            options={'table': 'official', 'app': 'models', 'indexes': [Index(fields=['ended_on', 'chat', 'unit_id', 'category', 'post', 'reached_id', 'id']), Index(fields=['unit_id', 'name', 'id']), Index(fields=['reached_id'])], 'pk_attr': 'id', 'table_description': 'One post of one person. It stays after its end; the chat behind it does not.'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='OfficialTag',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('official', fields.ForeignKeyField('models.Official', source_field='official_id', db_constraint=True, to_field='id', related_name='tags', on_delete=OnDelete.CASCADE)),
                ('tag', fields.CharField(max_length=24)),
            ],
            options={'table': 'official_tag', 'app': 'models', 'unique_together': (('official_id', 'tag'),), 'indexes': [Index(fields=['tag', 'official_id'])], 'pk_attr': 'id', 'table_description': 'A word by which an office groups its people, such as 村会计.'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='Tally',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('campaign', fields.ForeignKeyField('models.Campaign', source_field='campaign_id', db_constraint=True, to_field='id', related_name='tallies', on_delete=OnDelete.CASCADE)),
                ('round', fields.SmallIntField()),
                ('unit_id', fields.UUIDField()),
                ('total', fields.IntField()),
                ('sent', fields.IntField(default=0)),
                ('blocked', fields.IntField(default=0)),
                ('failed', fields.IntField(default=0)),
                ('unknown', fields.IntField(default=0)),
                ('known', fields.IntField(default=0)),
            ],
            options={'table': 'tally', 'app': 'models', 'unique_together': (('campaign_id', 'round', 'unit_id'),), 'pk_attr': 'id', 'table_description': 'How far one round has come in one unit. Settling adds to it, so nobody ever counts the ledger.'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='Template',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('festival', fields.CharEnumField(description='NEW_YEAR: new_year\nSPRING_FESTIVAL: spring_festival\nQINGMING: qingming\nLABOUR_DAY: labour_day\nDRAGON_BOAT: dragon_boat\nSCHOOL_SEASON: school_season\nMID_AUTUMN_NATIONAL: mid_autumn_national\nWEDDINGS_FUNERALS: weddings_funerals', enum_type=Festival, max_length=24)),
                ('version', fields.IntField()),
                ('texts', fields.JSONField(encoder=functools.partial(dumps, separators=(',', ':')), decoder=loads)),
                ('by_id', fields.UUIDField()),
                ('at', UtcDatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'template', 'app': 'models', 'unique_together': (('festival', 'version'),), 'pk_attr': 'id', 'table_description': "An office's own text for a festival. The newest version is used; none is ever overwritten."},
            bases=['Model'],
        ),
        ops.AlterField(
            model_name='Audit',
            name='act',
            field=fields.CharEnumField(description='INVITED: invited\nENROLLED: enrolled\nLOGGED_IN: logged_in\nLOGGED_OUT: logged_out\nLOGIN_REFUSED: login_refused\nPASSWORD_CHANGED: password_changed\nUNIT_FOUNDED: unit_founded\nUNIT_OPENED: unit_opened\nGRANTED: granted\nTIP_READ: tip_read\nFILE_READ: file_read\nREGISTERED: registered\nACCEPTED: accepted\nOUT_OF_SCOPE: out_of_scope\nTAKEN_IN: taken_in\nSEARCHED: searched\nFOLLOWED: followed\nCONCLUDED: concluded\nCLAIMED: claimed\nREPLIED: replied\nNOTED: noted\nRECALLED: recalled\nSUMMARISED: summarised\nSEALED_UPWARD: sealed_upward\nRELEASED: released\nOBJECTION_ANSWERED: objection_answered\nTAKEN_UP_AGAIN: taken_up_again\nPROTECTION_READ: protection_read\nPROTECTION_ANSWERED: protection_answered\nREMOVED: removed\nROTATED: rotated\nPROPOSED: proposed\nAPPROVED: approved\nDECLINED: declined\nTAKEN_BACK: taken_back\nIDENTITY_OPENED: identity_opened\nIDENTITY_READ: identity_read\nIDENTITY_MOVED: identity_moved\nHANDED_OVER: handed_over\nTAKEN_OVER: taken_over\nWITHDRAWN: withdrawn\nESCALATED: escalated\nOVERSEEN: overseen\nKEY_RESET: key_reset\nKEY_RENEWED: key_renewed\nRESCUE_CODES_MADE: rescue_codes_made\nTOTP_RENEWED: totp_renewed\nUNIT_REOPENED: unit_reopened\nRECOVERED: recovered\nROLE_CHANGED: role_changed\nDEPUTISED: deputised\nDEPUTY_ENDED: deputy_ended\nTIES_SET: ties_set\nINVITE_REVOKED: invite_revoked\nSESSIONS_ENDED: sessions_ended\nSHREDDED: shredded\nEMPTIED: emptied\nUNIT_MOVED: unit_moved\nUNIT_RENAMED: unit_renamed\nUNIT_EDITED: unit_edited\nUNIT_RETIRED: unit_retired\nUNIT_RESTORED: unit_restored\nIMPORT_STARTED: import_started\nIMPORT_UNDONE: import_undone\nOFFICER_APPOINTED: officer_appointed\nOFFICER_INVITED: officer_invited\nOFFICER_ENROLLED: officer_enrolled\nOFFICER_ENDED: officer_ended\nOFFICIAL_ADDED: official_added\nOFFICIAL_INVITED: official_invited\nOFFICIAL_ENROLLED: official_enrolled\nOFFICIAL_LEFT: official_left\nOFFICIAL_ENDED: official_ended\nCAMPAIGN_DRAFTED: campaign_drafted\nCAMPAIGN_REVISED: campaign_revised\nCAMPAIGN_SCHEDULED: campaign_scheduled\nCAMPAIGN_STARTED: campaign_started\nCAMPAIGN_PAUSED: campaign_paused\nCAMPAIGN_RESUMED: campaign_resumed', enum_type=Act, max_length=24),
        ),
        ops.AlterField(
            model_name='Proposal',
            name='kind',
            field=fields.CharEnumField(description='REVEAL: reveal\nMOVE_IDENTITY: move_identity\nHAND_OVER: hand_over\nRESET: reset\nCHANGE_ROLE: change_role\nBROADCAST: broadcast', enum_type=ProposalKind, max_length=16),
        ),
    ]
