<?php

declare(strict_types=1);

namespace Drupal\background_agents\Draft;

use Drupal\background_agents\Database\DatabaseFailure;
use Drupal\background_agents\Field\FieldErrors;
use Drupal\background_agents\Field\FieldException;
use Drupal\background_agents\Guard\GuardException;
use Drupal\background_agents\Http\ProblemException;
use Drupal\background_agents\Http\SiteError;
use Drupal\Core\Database\IntegrityConstraintViolationException;
use Drupal\Core\Entity\EntityTypeManagerInterface;
use Drupal\Core\Entity\Sql\SqlContentEntityStorage;
use Drupal\Core\Field\FieldItemBase;
use Drupal\Core\Field\FieldItemInterface;

/**
 * Whose fault a failed draft is: a value's, another save's, or the site's.
 *
 * | what was thrown                                       | problem           |
 * |-------------------------------------------------------|-------------------|
 * | a problem                                             | as it is          |
 * | the guard's refusal                                   | 403, 409          |
 * | a lock that is not to be had, a row made meanwhile    | 503 `busy`        |
 * | no connection to the database                         | 503 `unavailable` |
 * | by a field that takes, checks or saves a value of the | 422 `invalid`     |
 * | request, or by its column                             |                   |
 * | anything else: hooks, subscribers, other fields       | 500 `site_error`  |
 *
 * @internal
 */
final class FailureTranslator {

  public function __construct(
    private readonly EntityTypeManagerInterface $entityTypeManager,
    private readonly SiteError $siteError,
  ) {}

  /**
   * Tells whose fault a failed draft is: the request, or the site.
   *
   * @param \Throwable $exception
   *   What was thrown.
   * @param \Drupal\background_agents\Draft\Draft|null $draft
   *   The draft, once it was built.
   */
  public function translate(\Throwable $exception, ?Draft $draft): ProblemException {
    $refusal = GuardException::in($exception);
    $waiting = DatabaseFailure::in($exception)?->waiting();
    return match (TRUE) {
      $exception instanceof ProblemException => $exception,
      $refusal !== NULL => new ProblemException($refusal->toProblem(), $exception),
      $waiting !== NULL => new ProblemException($waiting, $exception),
      default => $this->ofValueOrSite($exception, $draft),
    };
  }

  /**
   * Writes a failure that changes nothing any more into the log.
   */
  public function log(\Throwable $exception): void {
    $this->siteError->log($exception);
  }

  /**
   * Whether the draft may be stored although this was thrown.
   *
   * It is not asked after other failures of the database: there may be none.
   */
  public static function mayBeStored(\Throwable $exception): bool {
    return $exception instanceof IntegrityConstraintViolationException || DatabaseFailure::in($exception) === NULL;
  }

  private function ofValueOrSite(\Throwable $exception, ?Draft $draft): ProblemException {
    $fields = SiteError::isOfHook($exception, DraftWriter::class) ? NULL : $this->fieldsOf($exception, $draft);
    if ($fields !== NULL) {
      return self::invalid($fields, $exception);
    }
    if (DatabaseFailure::in($exception)?->isOfUnique() && $draft?->isCreation() && $this->isMade($draft)) {
      // The next try sees it.
      return ProblemException::of(503, 'busy', 'The item is being made', 'Somebody makes it at this moment. Send the same again.', extra: ['retry_after' => 2]);
    }
    return new ProblemException($this->siteError->problem($exception, 'while it saved the draft'), $exception);
  }

  /**
   * Whether an item with the draft's UUID is there now.
   */
  private function isMade(Draft $draft): bool {
    $entity = $draft->entity;
    return $this->entityTypeManager->getStorage($entity->getEntityTypeId())->getQuery()
      ->accessCheck(FALSE)
      ->condition((string) $entity->getEntityType()->getKey('uuid'), $entity->uuid())
      ->execute() !== [];
  }

  /**
   * Fields of the request whose values failed; NULL when it was no value.
   *
   * @return string[]|null
   *   Empty: it was a value, and nobody knows which one.
   */
  private function fieldsOf(\Throwable $exception, ?Draft $draft): ?array {
    $database = DatabaseFailure::in($exception);
    if ($exception instanceof FieldException) {
      return $database === NULL || $database->isOfValue() ? $exception->fields : NULL;
    }
    $holds = fn (string $field): bool => $database === NULL
      ? self::isIn(SiteError::root($exception)->getTrace(), $draft, $field)
      : $this->isColumn($database, $draft, $field);
    return array_values(array_filter($draft?->applied->changed() ?? [], $holds)) ?: NULL;
  }

  /**
   * Whether the failure came out of the field's own code.
   */
  private static function isIn(array $trace, Draft $draft, string $field): bool {
    $items = $draft->entity->get($field);
    $classes = [$items::class, (string) $items->getItemDefinition()->getClass()];
    foreach ($trace as $frame) {
      $class = $frame['class'] ?? '';
      if ($class === DraftWriter::class) {
        return FALSE;
      }
      // Classes that all fields share say nothing.
      $isOwn = is_a($class, FieldItemInterface::class, TRUE) && !is_a(FieldItemBase::class, $class, TRUE);
      if ($isOwn && array_filter($classes, static fn (string $own): bool => is_a($own, $class, TRUE)) !== []) {
        return TRUE;
      }
    }
    return FALSE;
  }

  /**
   * Whether the database refused a value of the field.
   */
  private function isColumn(DatabaseFailure $database, Draft $draft, string $field): bool {
    $column = $database->column();
    $storage = $this->entityTypeManager->getStorage($draft->entity->getEntityTypeId());
    if ($column === NULL || !$storage instanceof SqlContentEntityStorage) {
      return $database->isOfValue();
    }
    return ($database->isOfValue() || $database->isOfUnique()) && in_array($column, $storage->getTableMapping()->getColumnNames($field), TRUE);
  }

  /**
   * Makes the 422 that names the fields whose values failed.
   *
   * @param string[] $fields
   *   Names; empty when it is not known which one it is.
   */
  private static function invalid(array $fields, \Throwable $exception): ProblemException {
    $errors = new FieldErrors();
    foreach ($fields ?: [''] as $field) {
      $errors->add('invalid', $field, sprintf('The site cannot store this value. %s', SiteError::sentence($exception)));
    }
    return $errors->problem($exception);
  }

}
