<?php

declare(strict_types=1);

namespace Drupal\background_agents\Draft;

use Drupal\background_agents\Guard\AgentAccess;
use Drupal\background_agents\Guard\AgentScope;
use Drupal\background_agents\Http\ProblemException;
use Drupal\Core\Entity\ContentEntityTypeInterface;
use Drupal\Core\Entity\EntityTypeBundleInfoInterface;
use Drupal\Core\Entity\EntityTypeManagerInterface;
use Drupal\Core\Language\LanguageManagerInterface;

/**
 * Whether a draft is of a type and language that the agent's binding names.
 *
 * @internal
 */
final class BindingCheck {

  public function __construct(
    private readonly EntityTypeManagerInterface $entityTypeManager,
    private readonly EntityTypeBundleInfoInterface $bundleInfo,
    private readonly LanguageManagerInterface $languageManager,
    private readonly AgentScope $scope,
  ) {}

  /**
   * Refuses what the site does not have, or the agent may not touch.
   *
   * @throws \Drupal\background_agents\Http\ProblemException
   *   403 `forbidden` or 404 `not_found`.
   */
  public function check(DraftRequest $request): void {
    $this->refuseUnknownType($request);
    $this->refuseOutOfBinding($request);
  }

  /**
   * The language of an item that is to be made.
   *
   * @throws \Drupal\background_agents\Http\ProblemException
   *   422 `invalid` when the site has no such language.
   */
  public function newLanguage(DraftRequest $request): string {
    $langcode = $request->langcode ?? $this->languageManager->getDefaultLanguage()->getId();
    if ($this->languageManager->getLanguage($langcode) === NULL) {
      throw ProblemException::of(422, 'invalid', 'No such language', 'Choose a language of the site.', [
        ['detail' => sprintf('The site has no language "%s".', $langcode), 'pointer' => '/langcode'],
      ]);
    }
    return $langcode;
  }

  private function refuseUnknownType(DraftRequest $request): void {
    $type = $this->entityTypeManager->getDefinition($request->entityType, FALSE);
    if (!$type instanceof ContentEntityTypeInterface || !isset($this->bundleInfo->getBundleInfo($request->entityType)[$request->bundle])) {
      throw ProblemException::of(404, 'not_found', 'No such content type', sprintf('There is no "%s" of "%s". Call describe_content for what there is.', $request->bundle, $request->entityType));
    }
    if (!$type->isRevisionable() || AgentAccess::isNeverWritten($request->entityType)) {
      throw self::forbidden(sprintf('Agents do not write "%s".', $request->entityType));
    }
  }

  private function refuseOutOfBinding(DraftRequest $request): void {
    if (!$this->scope->mayTouch($request->entityType, $request->bundle, [$request->operation])) {
      throw self::forbidden(sprintf('The agent may not %s "%s" of "%s": its binding does not name it.', $request->operation, $request->bundle, $request->entityType));
    }
    if ($request->langcode !== NULL && !$this->scope->mayWriteLanguage($request->langcode)) {
      throw self::forbidden(sprintf('The agent may not write the language "%s": its binding does not name it.', $request->langcode));
    }
  }

  private static function forbidden(string $detail): ProblemException {
    return ProblemException::of(403, 'forbidden', 'The agent may not do this', $detail);
  }

}
