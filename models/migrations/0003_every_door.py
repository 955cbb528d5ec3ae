from tortoise import migrations
from tortoise.migrations import operations as ops
import functools
from json import dumps, loads
from models.audit import Act
from models.db.fields import BytesField, SealedField, UtcDatetimeField, new_id
from models.deadline import Rule
from models.event import Happening
from models.import_plan import Judgement, LineKind
from models.importing import ImportState
from models.terms import Channel, ProposalState, UnitState
from tortoise.fields.base import OnDelete
from uuid import uuid4
from tortoise import fields
from tortoise.indexes import Index

class Migration(migrations.Migration):
    dependencies = [('models', '0002_doors')]

    initial = False

    operations = [
        ops.CreateModel(
            name='Import',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('by_id', fields.UUIDField()),
                ('file', fields.CharField(max_length=80)),
                ('notes', fields.JSONField(default=list, encoder=functools.partial(dumps, separators=(',', ':')), decoder=loads)),
                ('state', fields.CharEnumField(default=ImportState.PREVIEW, description='PREVIEW: preview\nRUNNING: running\nSTOPPED: stopped\nDONE: done\nUNDONE: undone', enum_type=ImportState, max_length=8)),
                ('problem', fields.CharField(default='', max_length=64)),
                ('total', fields.IntField(default=0)),
                ('done', fields.IntField(default=0)),
                ('at', UtcDatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'import', 'app': 'models', 'indexes': [Index(fields=['state', 'at'])], 'pk_attr': 'id', 'table_description': 'One file. `total` counts the rows that write something, `done` those that have.'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='ImportRow',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('import_id', fields.UUIDField()),
                ('place', fields.IntField()),
                ('kind', fields.CharEnumField(description='VILLAGE: village\nSTATION: station\nOFFICER: officer', enum_type=LineKind, max_length=8)),
                ('sheet', fields.CharField(max_length=40)),
                ('number', fields.IntField()),
                ('judgement', fields.CharEnumField(description='NEW: new\nCHANGED: changed\nSAME: same\nWRONG: wrong', enum_type=Judgement, max_length=8)),
                ('where', fields.CharField(default='', max_length=200)),
                ('name', fields.CharField(default='', max_length=64)),
                ('object_id', fields.UUIDField(null=True)),
                ('parent_id', fields.UUIDField(null=True)),
                ('told', fields.JSONField(default=dict, encoder=functools.partial(dumps, separators=(',', ':')), decoder=loads)),
                ('former', fields.JSONField(default=dict, encoder=functools.partial(dumps, separators=(',', ':')), decoder=loads)),
                ('problem', fields.JSONField(default=dict, encoder=functools.partial(dumps, separators=(',', ':')), decoder=loads)),
                ('applied', fields.BooleanField(default=False)),
                ('kept', fields.CharField(default='', max_length=32)),
            ],
            options={'table': 'import_row', 'app': 'models', 'unique_together': (('import_id', 'place'),), 'pk_attr': 'id', 'table_description': 'One line with its judgement, in the order in which they are carried out.'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='Officer',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('station', fields.ForeignKeyField('models.Unit', source_field='station_id', db_constraint=True, to_field='id', related_name='officers', on_delete=OnDelete.RESTRICT)),
                ('name', fields.CharField(max_length=32)),
                ('appointed_on', fields.DateField()),
                ('appointed_by_id', fields.UUIDField(null=True)),
                ('ended_on', fields.DateField(null=True)),
                ('invite_tag', BytesField(null=True, unique=True)),
                ('invite_until', UtcDatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'officer', 'app': 'models', 'indexes': [Index(fields=['station_id'])], 'pk_attr': 'id', 'table_description': 'One appointment. It stays after its end, so that an office can say who served when.'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='OfficerChat',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('officer', fields.OneToOneField('models.Officer', source_field='officer_id', db_constraint=True, to_field='id', related_name='chat', on_delete=OnDelete.CASCADE)),
                ('tag', BytesField(unique=True)),
                ('contact_locked', SealedField()),
            ],
            options={'table': 'officer_chat', 'app': 'models', 'pk_attr': 'id', 'table_description': "Which chat is an officer's. The end of the appointment deletes the row."},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='Once',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                ('day', fields.DateField()),
            ],
            options={'table': 'once', 'app': 'models', 'indexes': [Index(fields=['day'])], 'pk_attr': 'id', 'table_description': "One act that was done. The id tells nothing of it, and the row only the day: it may be a reporter's."},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='Passage',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('body', SealedField()),
                ('expires_at', UtcDatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'passage', 'app': 'models', 'indexes': [Index(fields=['expires_at'])], 'pk_attr': 'id', 'table_description': 'One way over, not yet gone. Its id follows from the ticket, which is kept nowhere.'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='Protection',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('tip_id', fields.UUIDField()),
                ('words', SealedField()),
                ('asked_on', fields.DateField()),
                ('answer', SealedField(null=True)),
                ('answered_on', fields.DateField(null=True)),
                ('answered_by_id', fields.UUIDField(null=True)),
            ],
            options={'table': 'protection', 'app': 'models', 'indexes': [Index(fields=['tip_id'])], 'pk_attr': 'id', 'table_description': 'One request. In clear stand only its days; that it waits is copied to the Access rows.'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='Reading',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('tip_id', fields.UUIDField()),
                ('unit_id', fields.UUIDField()),
                ('staff_id', fields.UUIDField()),
                ('reason', SealedField()),
                ('made_at', UtcDatetimeField(auto_now=False, auto_now_add=False)),
                ('until', UtcDatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'oversight_reading', 'app': 'models', 'indexes': [Index(fields=['tip_id', 'staff_id', 'until'])], 'pk_attr': 'id', 'table_description': "It opens the matter's pages to him until its time is over."},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='Spare',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('tip_id', fields.UUIDField()),
                ('custody_ring_id', fields.UUIDField()),
                ('envelope', SealedField()),
                ('place', fields.IntField()),
            ],
            options={'table': 'identity_spare', 'app': 'models', 'indexes': [Index(fields=['tip_id'])], 'pk_attr': 'id', 'table_description': 'Another envelope of one identity. `place` counts upward from its keeper.'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='Ticket',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('tag', BytesField(unique=True)),
                ('station_id', fields.UUIDField()),
                ('until', UtcDatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'ticket', 'app': 'models', 'indexes': [Index(fields=['until'])], 'pk_attr': 'id', 'table_description': 'One ticket not used yet. Only its tag is kept.'},
            bases=['Model'],
        ),
        ops.AlterField(
            model_name='Access',
            name='channel',
            field=fields.CharEnumField(description='CHAT: chat\nWEB: web\nOFFICER: officer\nVISIT: visit\nCALL: call\nLETTER: letter\nTRANSFER: transfer', enum_type=Channel, max_length=8),
        ),
        ops.AddField(
            model_name='Access',
            name='afraid',
            field=fields.BooleanField(default=False, db_default=False),
        ),
        ops.AddField(
            model_name='Access',
            name='escalated_on',
            field=fields.DateField(null=True),
        ),
        ops.AddField(
            model_name='Access',
            name='news',
            field=fields.BooleanField(default=False, db_default=False),
        ),
        ops.AddField(
            model_name='Access',
            name='objected',
            field=fields.BooleanField(default=False, db_default=False),
        ),
        ops.AddField(
            model_name='Access',
            name='reads_only',
            field=fields.BooleanField(default=False, db_default=False),
        ),
        ops.AlterField(
            model_name='Audit',
            name='act',
            field=fields.CharEnumField(description='INVITED: invited\nENROLLED: enrolled\nLOGGED_IN: logged_in\nLOGGED_OUT: logged_out\nLOGIN_REFUSED: login_refused\nPASSWORD_CHANGED: password_changed\nUNIT_FOUNDED: unit_founded\nUNIT_OPENED: unit_opened\nGRANTED: granted\nTIP_READ: tip_read\nFILE_READ: file_read\nREGISTERED: registered\nACCEPTED: accepted\nOUT_OF_SCOPE: out_of_scope\nTAKEN_IN: taken_in\nSEARCHED: searched\nFOLLOWED: followed\nCONCLUDED: concluded\nCLAIMED: claimed\nREPLIED: replied\nNOTED: noted\nRECALLED: recalled\nSUMMARISED: summarised\nSEALED_UPWARD: sealed_upward\nRELEASED: released\nOBJECTION_ANSWERED: objection_answered\nTAKEN_UP_AGAIN: taken_up_again\nPROTECTION_READ: protection_read\nPROTECTION_ANSWERED: protection_answered\nREMOVED: removed\nROTATED: rotated\nPROPOSED: proposed\nAPPROVED: approved\nDECLINED: declined\nTAKEN_BACK: taken_back\nIDENTITY_OPENED: identity_opened\nIDENTITY_READ: identity_read\nIDENTITY_MOVED: identity_moved\nHANDED_OVER: handed_over\nTAKEN_OVER: taken_over\nWITHDRAWN: withdrawn\nESCALATED: escalated\nOVERSEEN: overseen\nKEY_RESET: key_reset\nKEY_RENEWED: key_renewed\nRESCUE_CODES_MADE: rescue_codes_made\nTOTP_RENEWED: totp_renewed\nUNIT_REOPENED: unit_reopened\nRECOVERED: recovered\nROLE_CHANGED: role_changed\nDEPUTISED: deputised\nDEPUTY_ENDED: deputy_ended\nTIES_SET: ties_set\nINVITE_REVOKED: invite_revoked\nSESSIONS_ENDED: sessions_ended\nSHREDDED: shredded\nEMPTIED: emptied\nUNIT_MOVED: unit_moved\nUNIT_RENAMED: unit_renamed\nUNIT_EDITED: unit_edited\nUNIT_RETIRED: unit_retired\nUNIT_RESTORED: unit_restored\nIMPORT_STARTED: import_started\nIMPORT_UNDONE: import_undone\nOFFICER_APPOINTED: officer_appointed\nOFFICER_INVITED: officer_invited\nOFFICER_ENROLLED: officer_enrolled\nOFFICER_ENDED: officer_ended', enum_type=Act, max_length=24),
        ),
        ops.AlterModelOptions(
            name='Counter',
            options={'table': 'counter', 'app': 'models', 'unique_together': (('unit_id', 'series'),), 'pk_attr': 'id', 'table_description': "The next place in one unit's list, in order of arrival. Nothing global is countable, and no place is shown."},
        ),
        ops.AlterField(
            model_name='Deadline',
            name='rule',
            field=fields.CharEnumField(description='TELL_ACCEPTANCE: T06\nTELL_RESULT: T13\nSCREEN: S01\nANSWER_OBJECTION: S02', enum_type=Rule, max_length=4),
        ),
        ops.AddField(
            model_name='Draft',
            name='nudge_at',
            field=UtcDatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
        ops.AddIndex(
            model_name='Draft',
            index=Index(fields=['nudge_at']),
        ),
        ops.AlterField(
            model_name='Event',
            name='happening',
            field=fields.CharEnumField(description='ARRIVED: arrived\nADDED: added\nAGREED: agreed\nOBJECTED: objected\nNEWS: news\nNAMED: named\nCODE_RENEWED: code_renewed\nAFRAID: afraid\nPROTECTED: protected\nREGISTERED: registered\nCLAIMED: claimed\nACCEPTED: accepted\nREPLIED: replied\nRECALLED: recalled\nNOTED: noted\nSUMMARISED: summarised\nCONCLUDED: concluded\nANSWERED: answered\nTAKEN_UP_AGAIN: taken_up_again\nOUT_OF_SCOPE: out_of_scope\nSEALED_UPWARD: sealed_upward\nRELEASED: released\nHANDED_OVER: handed_over\nTAKEN_OVER: taken_over\nWITHDRAWN: withdrawn\nUNASSIGNED: unassigned\nIDENTITY_READ: identity_read\nESCALATED: escalated\nOVERSEEN: overseen', enum_type=Happening, max_length=16),
        ),
        ops.AddField(
            model_name='Invite',
            name='belongs_to',
            field=fields.JSONField(null=True, encoder=functools.partial(dumps, separators=(',', ':')), decoder=loads),
        ),
        ops.AddField(
            model_name='Message',
            name='act_id',
            field=fields.UUIDField(null=True),
        ),
        ops.AddField(
            model_name='Message',
            name='did',
            field=fields.CharEnumField(null=True, description='ARRIVED: arrived\nADDED: added\nAGREED: agreed\nOBJECTED: objected\nNEWS: news\nNAMED: named\nCODE_RENEWED: code_renewed\nAFRAID: afraid\nPROTECTED: protected\nREGISTERED: registered\nCLAIMED: claimed\nACCEPTED: accepted\nREPLIED: replied\nRECALLED: recalled\nNOTED: noted\nSUMMARISED: summarised\nCONCLUDED: concluded\nANSWERED: answered\nTAKEN_UP_AGAIN: taken_up_again\nOUT_OF_SCOPE: out_of_scope\nSEALED_UPWARD: sealed_upward\nRELEASED: released\nHANDED_OVER: handed_over\nTAKEN_OVER: taken_over\nWITHDRAWN: withdrawn\nUNASSIGNED: unassigned\nIDENTITY_READ: identity_read\nESCALATED: escalated\nOVERSEEN: overseen', enum_type=Happening, max_length=16),
        ),
        ops.AlterField(
            model_name='Proposal',
            name='state',
            field=fields.CharEnumField(default=ProposalState.OPEN, description='OPEN: open\nAPPROVED: approved\nDECLINED: declined\nRECALLED: recalled\nEXPIRED: expired', enum_type=ProposalState, max_length=8),
        ),
        ops.AlterField(
            model_name='Tip',
            name='channel',
            field=fields.CharEnumField(description='CHAT: chat\nWEB: web\nOFFICER: officer\nVISIT: visit\nCALL: call\nLETTER: letter\nTRANSFER: transfer', enum_type=Channel, max_length=8),
        ),
        ops.AddField(
            model_name='Tip',
            name='emptied',
            field=fields.BooleanField(default=False, db_default=False),
        ),
        ops.AddField(
            model_name='Tip',
            name='lifted',
            field=SealedField(null=True),
        ),
        ops.AddField(
            model_name='Tip',
            name='objected',
            field=fields.BooleanField(default=False, db_default=False),
        ),
        ops.AddField(
            model_name='Tip',
            name='platform_on',
            field=fields.DateField(null=True),
        ),
        ops.AddField(
            model_name='Tip',
            name='rests',
            field=fields.BooleanField(default=False, db_default=False),
        ),
        ops.AddField(
            model_name='Unit',
            name='state',
            field=fields.CharEnumField(default=UnitState.SERVING, description='SERVING: serving\nRETIRED: retired\nWITHDRAWN: withdrawn', db_default='serving', enum_type=UnitState, max_length=12),
        ),
    ]
