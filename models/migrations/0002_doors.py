from tortoise import migrations
from tortoise.migrations import operations as ops
import functools
from json import dumps, loads
from models.audit import Act
from models.db.fields import BytesField, SealedField, UtcDatetimeField, new_id
from models.erasure import Gone
from models.event import Happening
from models.terms import ProposalKind, ProposalState
from tortoise.fields.base import OnDelete
from tortoise import fields
from tortoise.indexes import Index

class Migration(migrations.Migration):
    dependencies = [('models', '0001_initial')]

    initial = False

    operations = [
        ops.CreateModel(
            name='Deputy',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('staff', fields.ForeignKeyField('models.Staff', source_field='staff_id', db_constraint=True, to_field='id', related_name='stands_in', on_delete=OnDelete.CASCADE)),
                ('for_staff', fields.ForeignKeyField('models.Staff', source_field='for_staff_id', db_constraint=True, to_field='id', related_name='deputies', on_delete=OnDelete.CASCADE)),
                ('first_on', fields.DateField()),
                ('last_on', fields.DateField()),
            ],
            options={'table': 'deputy', 'app': 'models', 'indexes': [Index(fields=['staff_id']), Index(fields=['for_staff_id'])], 'pk_attr': 'id', 'table_description': 'One standing-in, both days included. It lends a role, never a key.'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='Erased',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('what', fields.CharEnumField(description='GRANT: grant\nLOST_KEY: lost key\nPERSON: person\nTIP: tip', enum_type=Gone, max_length=8)),
                ('object_id', fields.UUIDField()),
                ('ring_id', fields.UUIDField(null=True)),
                ('at', UtcDatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'erased', 'app': 'models', 'unique_together': (('what', 'object_id'),), 'indexes': [Index(fields=['ring_id'])], 'pk_attr': 'id', 'table_description': 'One line of the journal.'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='Former',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('ring', fields.ForeignKeyField('models.Ring', source_field='ring_id', db_constraint=True, to_field='id', related_name='after', on_delete=OnDelete.CASCADE)),
                ('newer', fields.ForeignKeyField('models.Ring', source_field='newer_id', db_constraint=True, to_field='id', related_name='before', on_delete=OnDelete.CASCADE)),
                ('secret', SealedField()),
            ],
            options={'table': 'ring_former', 'app': 'models', 'unique_together': (('ring_id',), ('newer_id',)), 'pk_attr': 'id', 'table_description': "A former version's secret, locked under the version that came after: who holds the newest holds them all."},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='Proposal',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('kind', fields.CharEnumField(description='REVEAL: reveal\nMOVE_IDENTITY: move_identity\nHAND_OVER: hand_over\nRESET: reset\nCHANGE_ROLE: change_role', enum_type=ProposalKind, max_length=16)),
                ('object_id', fields.UUIDField()),
                ('unit_id', fields.UUIDField()),
                ('from_unit_id', fields.UUIDField()),
                ('by_id', fields.UUIDField()),
                ('about_id', fields.UUIDField(null=True)),
                ('params', fields.JSONField(default=dict, encoder=functools.partial(dumps, separators=(',', ':')), decoder=loads)),
                ('reason', SealedField(null=True)),
                ('filed', SealedField(null=True)),
                ('state', fields.CharEnumField(default=ProposalState.OPEN, description='OPEN: open\nAPPROVED: approved\nDECLINED: declined\nEXPIRED: expired', enum_type=ProposalState, max_length=8)),
                ('made_at', UtcDatetimeField(auto_now=False, auto_now_add=False)),
                ('expires_at', UtcDatetimeField(auto_now=False, auto_now_add=False)),
                ('decided_by_id', fields.UUIDField(null=True)),
                ('decided_at', UtcDatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'proposal', 'app': 'models', 'indexes': [Index(fields=['unit_id', 'state']), Index(fields=['object_id']), Index(fields=['state', 'expires_at'])], 'pk_attr': 'id', 'table_description': 'One thing proposed. `unit_id` is the unit whose people decide.'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='RescueCode',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('staff', fields.ForeignKeyField('models.Staff', source_field='staff_id', db_constraint=True, to_field='id', related_name='rescue_codes', on_delete=OnDelete.CASCADE)),
                ('tag', BytesField(unique=True)),
            ],
            options={'table': 'rescue_code', 'app': 'models', 'indexes': [Index(fields=['staff_id'])], 'pk_attr': 'id', 'table_description': 'One code not used yet.'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='Reset',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('staff', fields.ForeignKeyField('models.Staff', source_field='staff_id', db_constraint=True, to_field='id', related_name='resets', on_delete=OnDelete.CASCADE)),
                ('tag', BytesField(unique=True)),
                ('expires_at', UtcDatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'reset', 'app': 'models', 'indexes': [Index(fields=['staff_id'])], 'pk_attr': 'id', 'table_description': 'A code for one use, by which a member makes himself a new key. Only its tag is kept.'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='Reveal',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('tip_id', fields.UUIDField()),
                ('unit_id', fields.UUIDField()),
                ('asked_by', fields.ForeignKeyField('models.Staff', source_field='asked_by_id', db_constraint=True, to_field='id', related_name='reveals', on_delete=OnDelete.CASCADE)),
                ('envelope', SealedField()),
                ('until', UtcDatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'reveal', 'app': 'models', 'indexes': [Index(fields=['asked_by_id']), Index(fields=['tip_id']), Index(fields=['until'])], 'pk_attr': 'id', 'table_description': "An identity under the staff key of the one who asked, until its minutes are over. `id` is the proposal's."},
            bases=['Model'],
        ),
        ops.AddField(
            model_name='Access',
            name='quarantined',
            field=fields.BooleanField(default=False, db_default=False),
        ),
        ops.AlterField(
            model_name='Audit',
            name='act',
            field=fields.CharEnumField(description='INVITED: invited\nENROLLED: enrolled\nLOGGED_IN: logged_in\nLOGGED_OUT: logged_out\nLOGIN_REFUSED: login_refused\nPASSWORD_CHANGED: password_changed\nUNIT_FOUNDED: unit_founded\nUNIT_OPENED: unit_opened\nGRANTED: granted\nTIP_READ: tip_read\nFILE_READ: file_read\nREGISTERED: registered\nACCEPTED: accepted\nOUT_OF_SCOPE: out_of_scope\nCONCLUDED: concluded\nCLAIMED: claimed\nREPLIED: replied\nNOTED: noted\nRECALLED: recalled\nSUMMARISED: summarised\nSEALED_UPWARD: sealed_upward\nRELEASED: released\nREMOVED: removed\nROTATED: rotated\nPROPOSED: proposed\nAPPROVED: approved\nDECLINED: declined\nIDENTITY_OPENED: identity_opened\nIDENTITY_READ: identity_read\nIDENTITY_MOVED: identity_moved\nHANDED_OVER: handed_over\nTAKEN_OVER: taken_over\nWITHDRAWN: withdrawn\nKEY_RESET: key_reset\nKEY_RENEWED: key_renewed\nRESCUE_CODES_MADE: rescue_codes_made\nTOTP_RENEWED: totp_renewed\nUNIT_REOPENED: unit_reopened\nRECOVERED: recovered\nROLE_CHANGED: role_changed\nDEPUTISED: deputised\nDEPUTY_ENDED: deputy_ended\nSHREDDED: shredded\nUNIT_MOVED: unit_moved\nUNIT_RENAMED: unit_renamed', enum_type=Act, max_length=24),
        ),
        ops.AlterField(
            model_name='Draft',
            name='contact',
            field=fields.OneToOneField('models.Contact', source_field='contact_id', null=True, db_constraint=True, to_field='id', related_name='draft', on_delete=OnDelete.CASCADE),
        ),
        ops.AlterField(
            model_name='Event',
            name='happening',
            field=fields.CharEnumField(description='ARRIVED: arrived\nADDED: added\nREGISTERED: registered\nCLAIMED: claimed\nACCEPTED: accepted\nREPLIED: replied\nRECALLED: recalled\nNOTED: noted\nSUMMARISED: summarised\nCONCLUDED: concluded\nOUT_OF_SCOPE: out_of_scope\nSEALED_UPWARD: sealed_upward\nRELEASED: released\nHANDED_OVER: handed_over\nTAKEN_OVER: taken_over\nWITHDRAWN: withdrawn\nUNASSIGNED: unassigned\nIDENTITY_READ: identity_read', enum_type=Happening, max_length=16),
        ),
        ops.AlterField(
            model_name='Tip',
            name='official_no',
            field=fields.CharField(default='', max_length=96),
        ),
    ]
