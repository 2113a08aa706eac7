"""Run by Alembic: applies the steps over the connection that ``aggregator.database.upgrade`` hands in.

Opens no database of its own; the transaction belongs to the caller, so that a step is done wholly or not at all.
"""

from alembic import context

from aggregator.schema import Base

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=Base.metadata,
    transactional_ddl=True,
    render_as_batch=True,
    compare_type=True,
)
with context.begin_transaction():
    context.run_migrations()
