<?php

declare(strict_types=1);

namespace Drupal\background_agents\Plugin\views\filter;

use Drupal\Component\Uuid\Uuid;
use Drupal\Core\Database\Connection;
use Drupal\Core\Database\Query\ConditionInterface;
use Drupal\Core\Form\FormStateInterface;
use Drupal\views\Attribute\ViewsFilter;
use Drupal\views\Plugin\views\filter\FilterPluginBase;
use Drupal\views\Plugin\views\query\Sql;

/**
 * Finds runs by words of agent, content, reason, message, key and program.
 *
 * Or by the number of the run, its UUID, or the id of a dispatch key.
 *
 * @internal
 */
#[ViewsFilter('background_agents_run_search')]
final class RunSearch extends FilterPluginBase {

  private const array COLUMNS = ['agent_label', 'agent', 'target_label', 'reason', 'message'];

  /**
   * Of the program that asked for it, where it is not older than these columns.
   */
  private const string KEY = 'via_key';
  private const string NAME = 'via_name';

  /**
   * More words find nothing that so many do not: a query has an end.
   */
  private const int WORDS = 6;

  /**
   * There is one way to compare.
   *
   * @var bool
   */
  // phpcs:ignore Drupal.NamingConventions.ValidVariableName.LowerCamelName, Drupal.Commenting.VariableComment.Missing
  public $no_operator = TRUE;

  /**
   * {@inheritdoc}
   */
  protected function valueForm(&$form, FormStateInterface $form_state): void {
    $form['value'] = [
      '#type' => 'search',
      '#title' => $this->t('Words'),
      '#size' => 24,
      '#maxlength' => 128,
      '#default_value' => is_string($this->value) ? $this->value : '',
    ];
  }

  /**
   * {@inheritdoc}
   */
  public function adminSummary(): string {
    return is_string($this->value) ? $this->value : '';
  }

  /**
   * {@inheritdoc}
   */
  public function query(): void {
    $text = is_array($this->value) ? reset($this->value) : $this->value;
    $text = is_string($text) ? trim($text) : '';
    if ($text === '' || !$this->query instanceof Sql) {
      return;
    }
    $this->ensureMyTable();
    $connection = $this->query->getConnection();
    $all = $connection->condition('AND');
    // Not between new code and the update that brings them.
    $hasMeans = $connection->schema()->fieldExists('background_agents_run', self::KEY);
    foreach (array_slice(preg_split('/\s+/u', $text, -1, PREG_SPLIT_NO_EMPTY) ?: [], 0, self::WORDS) as $word) {
      $all->condition($this->word($connection, $word, $hasMeans));
    }
    $this->query->addWhere($this->options['group'], $all);
  }

  /**
   * A word is in one of the columns, or it is a number, a UUID or a key's id.
   */
  private function word(Connection $connection, string $word, bool $hasMeans): ConditionInterface {
    if (Uuid::isValid(strtolower($word))) {
      return $connection->condition('AND')->condition("$this->tableAlias.uuid", strtolower($word));
    }
    $any = $connection->condition('OR');
    foreach ([...self::COLUMNS, ...($hasMeans ? [self::NAME] : [])] as $column) {
      $any->condition("$this->tableAlias.$column", '%' . $connection->escapeLike($word) . '%', 'LIKE');
    }
    if ($hasMeans) {
      $any->condition("$this->tableAlias." . self::KEY, $word);
    }
    return preg_match('/^[0-9]{1,9}$/', $word) === 1 ? $any->condition("$this->tableAlias.id", (int) $word) : $any;
  }

}
