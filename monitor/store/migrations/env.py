"""What Alembic runs: all steps on the connection it was handed, each step and its version row in one transaction."""

from alembic import context

context.configure(connection=context.config.attributes["connection"], transactional_ddl=True)
with context.begin_transaction():
    context.run_migrations()
